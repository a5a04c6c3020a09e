using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Synthetic;
using Pupil.Interop.Students;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Tests trainings on images with and without labels, from the recipe to the records.</summary>
public sealed class UnlabelledTests
{
    private static readonly Recipe Few = TinyRecipe.Ctkd with
    {
        Data = TinyRecipe.Ctkd.Data with { TrainImages = 12, Unlabelled = new() },
        Method = new KdOptions(),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_images_that_are_left_out_teach_without_labels_and_a_stopped_run_resumes()
    {
        using var folder = new TemporaryFolder();
        var ready = Few.Run(folder, "undisturbed", Stop).OfType<DataReady>().First();
        // 60 images, 20 held out, 12 with labels.
        Assert.Equal((12, 28), (ready.Data.Train.Count, ready.Data.Unlabelled!.Count));
        Assert.Empty(ready.Data.Train.Indices.Intersect(ready.Data.Unlabelled.Indices));
        var run = new RunFolder(folder["undisturbed"]);
        Assert.Equal(28, run.ReadSummary()!.Unlabelled);
        // Images with and without labels count; the last batch of an epoch is whole.
        double trained = run.ReadEpochs().Sum(epoch => epoch.ImagesPerSecond * epoch.TrainingSeconds);
        var group = RunGroup.FromFolders([run])[0];
        Assert.Equal(trained, group.ImagesPerSecond.Mean * group.Seconds.Mean, 0.01 * trained);
        Assert.True(trained >= 28 * run.ReadSummary()!.Epochs, $"{trained}");
        // 40 images in batches of 16.
        Assert.Equal(3, run.ReadEpochs().Count);
        TinyRecipe.RunFor(folder, Few, 12);
        TinyRecipe.Resume(folder, stop: Stop);
        TinyRecipe.AssertSame(run, new(folder["run"]));
        // The expert has seen the labelled images alone.
        var expert = new RunFolder(Directory.GetDirectories(folder["experts"]).Single());
        Assert.Null(expert.ReadRecipe().Data.Unlabelled);
    }

    [Theory]
    [InlineData("ctkd")]
    [InlineData("at")]
    [InlineData("rkd")]
    [InlineData("feature-regression")]
    [InlineData("dml")]
    public void Methods_learn_from_both(string method)
    {
        using var folder = new TemporaryFolder();
        var recipe = Few with { Method = Method(method) };
        recipe.Run(folder, stop: Stop);
        Assert.All(new RunFolder(folder["run"]).ReadEpochs(), epoch => Assert.True(epoch.Terms.Values.All(double.IsFinite)));
    }

    [Fact]
    public void Labels_can_be_left_to_the_measurement_alone()
    {
        using var folder = new TemporaryFolder();
        (Few with { Data = Few.Data with { Unlabelled = new() { Share = 1 } } }).Run(folder, stop: Stop);
        var epochs = new RunFolder(folder["run"]).ReadEpochs();
        Assert.All(epochs, epoch => Assert.Equal(["student/softened"], epoch.Terms.Keys.Select(name => name.ToString())));
        Assert.True(new RunFolder(folder["run"]).ReadSummary()!.Networks[0].Last.Test!.Top1 >= 0);
    }

    [Fact]
    public void A_first_phase_regresses_features_of_all_images_and_then_labels_are_learnt()
    {
        using var folder = new TemporaryFolder();
        var recipe = Few with { Method = new FeatureRegressionOptions { PreliminaryEpochs = 1, Features = RegressedFeatures.Both } };
        recipe.Run(folder, "undisturbed", Stop);
        var epochs = new RunFolder(folder["undisturbed"]).ReadEpochs();
        Assert.Equal(4, epochs.Count);
        Assert.Equal(["student/embedding", "student/tokens"], epochs[0].Terms.Keys.Select(name => name.ToString()).Order());
        Assert.Equal(["student/cross-entropy"], epochs[1].Terms.Keys.Select(name => name.ToString()));
        TinyRecipe.RunFor(folder, recipe, 14);
        TinyRecipe.Resume(folder, stop: Stop);
        TinyRecipe.AssertSame(new(folder["undisturbed"]), new(folder["run"]));
    }

    [Fact]
    public void Pictures_need_no_class_folders()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 24; i++)
            Write(folder[$"labelled/{i % 2}/{i}.bmp"], i);
        for (int i = 0; i < 9; i++)
            Write(folder[i < 5 ? $"pile/{i}.bmp" : $"pile/more/{i}.bmp"], 100 + i);
        File.WriteAllText(folder["pile/list.csv"], "path\n0.bmp\nmore/6.bmp\n0.bmp\n");
        var data = new DataOptions { Source = new FolderSource { Path = folder["labelled"], Size = 16 } };
        var pile = new UnlabelledOptions { Source = new FolderSource { Path = folder["pile"] } };
        var prepared = (data with { Unlabelled = pile }).Prepare();
        Assert.Equal((9, 16, 3), (prepared.Unlabelled!.Count, prepared.Unlabelled.Set.Height, prepared.Unlabelled.Set.Channels));
        Assert.Equal(4, (data with { Unlabelled = pile with { Images = 4 } }).Prepare().Unlabelled!.Count);
        var listed = new UnlabelledOptions { Source = new CsvSource { Path = folder["pile/list.csv"] } };
        Assert.Equal(2, (data with { Unlabelled = listed }).Prepare().Unlabelled!.Count);

        Refused("found 10, expected at most 9", data with { Unlabelled = pile with { Images = 10 } });
        Refused("found no image that data.trainImages leaves out", data with { Unlabelled = new() });
        Refused("found images of 20×20×3, expected 16×16×3", data with { Unlabelled = new() { Source = new Shapes20() } });

        static void Refused(string said, DataOptions data) =>
            Assert.Contains(said, Assert.Throws<UserErrorException>(() => data.Prepare()).Message);
    }

    [Fact]
    public void Without_any_label_the_agreement_with_the_expert_is_measured_and_called_that()
    {
        using var folder = new TemporaryFolder();
        var first = TinyRecipe.Ctkd with { Method = new KdOptions() };
        first.Run(folder, "first", Stop);
        string expert = new RunFolder(folder["first"]).StudentFile("student");
        for (int i = 0; i < 40; i++)
            Write(folder[$"pile/{i}.bmp"], i);
        var recipe = first with
        {
            Data = new() { Source = new FolderSource { Path = folder["pile"], Size = 16 }, Labels = LabelOrigin.Expert, HeldOut = 8 },
            Expert = new() { File = expert },
        };
        var events = recipe.Run(folder, "undisturbed", Stop);
        var data = Assert.Single(events.OfType<DataReady>()).Data;
        // A fifth is measured; no image is in two parts.
        Assert.Equal((24, 8, 8), (data.Train.Count, data.HeldOut!.Count, data.Test.Count));
        Assert.Equal(40, data.Train.Indices.Concat(data.HeldOut.Indices).Concat(data.Test.Indices).Distinct().Count());
        Assert.Equal(StudentFile.ReadCard(expert).Classes, data.Splits.Train.Classes);
        var run = new RunFolder(folder["undisturbed"]);
        var summary = run.ReadSummary()!;
        Assert.Equal("agreement with the expert", summary.Networks[0].Last.Test.ScoreName);
        Assert.Equal(1, summary.Expert!.Test!.Top1);
        Assert.All(run.ReadEpochs(), epoch => Assert.Equal(["student/softened"], epoch.Terms.Keys.Select(name => name.ToString())));
        // A share of pictures on which two networks agree is no accuracy.
        Assert.Null(StudentFile.ReadCard(run.StudentFile("student")).TestTop1);
        TinyRecipe.RunFor(folder, recipe, 8);
        TinyRecipe.Resume(folder, stop: Stop);
        TinyRecipe.AssertSame(run, new(folder["run"]));
        Report.WritePage(ReportContent.FromFolders([folder["run"]]), folder["report.html"]);
        Assert.Contains("agreement with the expert", File.ReadAllText(folder["report.html"]));

        // An expert with a larger input labels and teaches from the same pictures at its own size.
        var larger = TinyRecipe.Ctkd with { Data = first.Data with { Source = new ShapesOptions { Size = 18, Train = 60, Test = 20 } } };
        larger.Run(folder, "larger", Stop);
        var ready = (recipe with { Expert = new() { File = new RunFolder(folder["larger"]).StudentFile("student") } })
            .Run(folder, "seen", Stop).OfType<ExpertReady>().Single();
        Assert.Equal((1, new ExpertImages(18, 18, 18, AreScaled: false)), (ready.Expert.Test!.Top1, ready.Expert.Images));

        Refused("no expert labels them", recipe with { Expert = TinyRecipe.Ctkd.Expert });
        Refused("otherExperts has one to train", recipe with { OtherExperts = [new() { Name = "other" }] });
        Refused("learns from labels after its first phase", recipe with { Method = Method("ab") });
        Refused("found one that is not taught", recipe with { Students = [new() { Taught = false }] });
        Refused("beside data.unlabelled", recipe with { Data = recipe.Data with { Unlabelled = new() } });
        Refused("method 'ctkd' needs labels", recipe with { Method = Method("ctkd") });

        static void Refused(string said, Recipe recipe) =>
            Assert.Contains(said, Assert.Throws<UserErrorException>(recipe.Check).Message);
    }

    [Theory]
    [InlineData("supervised", "learns from labels alone")]
    [InlineData("dkd", "needs a label for each image")]
    [InlineData("crd", "needs a label for each image")]
    public void Methods_that_cannot_use_them_are_refused_before_the_run(string method, string said)
    {
        string error = Assert.Throws<UserErrorException>((Few with { Method = Method(method) }).Check).Message;
        Assert.StartsWith($"data.unlabelled: found images without labels, but method '{method}' {said}", error);
        var alone = Few with { Data = Few.Data with { Unlabelled = new() { Share = 1 } }, Method = Method("ctkd") };
        Assert.StartsWith("data.unlabelled.share: found 1", Assert.Throws<UserErrorException>(alone.Check).Message);
    }

    private static Pupil.Distillation.MethodOptions Method(string name) => RecipeBook.Read("smoke", [$"method={name}"]).Method;

    private static void Write(string path, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, TinyPictures.Bmp(seed, 18, 18));
    }

    private sealed record Shapes20 : Pupil.Images.DataSource
    {
        public override Pupil.Images.DataSplits Load(Pupil.Images.LoadContext? context = null) =>
            new Pupil.Images.Formats.Synthetic.ShapesOptions { Size = 20, Train = 20, Test = 10 }.Load(context);
    }
}
