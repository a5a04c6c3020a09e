using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Loading;
using Pupil.Inference;
using Pupil.Interop.Students;
using Pupil.Settings;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Pictures with several labels each, from the recipe to the exported model.</summary>
public sealed class LabelSetRunTests(LabelSetRun run)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Records_have_the_scores_of_label_sets()
    {
        var summary = run.Folder.ReadSummary()!;
        Assert.All(summary.Networks.SelectMany(result => new[] { result.Last.Test, result.Best!.HeldOut!, result.Best.Test }), test =>
        {
            Assert.Equal("mAP", test.ScoreName);
            Assert.InRange(test.LabelSets!.MeanAveragePrecision, 0.01, 1);
            Assert.Null(test.Top5);
            Assert.Equal(4, test.Classes!.Count);
        });
        Assert.All(summary.Networks, result => Assert.Null(result.Calibration));
        Assert.Equal("mAP", summary.Expert!.Test!.ScoreName);
        var epochs = run.Folder.ReadEpochs();
        Assert.Equal(2, epochs.Count);
        Assert.Equal(run.Events.OfType<Progressed>().Select(step => step.Record).OfType<EpochRecord>().Last().Test["student"],
            epochs[^1].Test["student"]);
        var best = summary.Networks[0].Best!;
        Assert.Equal(epochs.Max(epoch => epoch.HeldOut["student"].Score), best.HeldOut!.Score, 1e-6);
        Assert.Contains(epochs[0].Terms.Keys, name => name.ToString() == "student/kd/softened");
        Assert.Contains(epochs[0].Terms.Keys, name => name.ToString() == "student/ctkd/path");
    }

    [Fact]
    public void The_student_file_has_the_thresholds_of_the_held_out_images()
    {
        var card = StudentFile.ReadCard(run.Folder.StudentFile("student"));
        Assert.Equal((Labelling.Several, 4), (card.Labelling, card.Thresholds!.Count));
        Assert.Equal(FormPictures.Names, card.Classes);
        Assert.Null(card.TestTop1);
        var best = run.Folder.ReadSummary()!.Networks[0].Best!;
        Assert.Equal(best.Test.LabelSets!.MeanAveragePrecision, card.TestMeanAveragePrecision);
        // As good as the usual threshold or better, for these images.
        var (network, _) = StudentFile.Read(run.Folder.StudentFile("student"), CPU);
        using var owned = network;
        var data = run.Folder.ReadRecipe().Data.Prepare();
        var usual = Evaluation.Measure(network, data.ForEvaluation(data.HeldOut!, card.Normalization, CPU));
        Assert.InRange(best.HeldOut!.LabelSets!.MacroF1, usual.LabelSets!.MacroF1 - 1e-9, 1);
        Assert.Null(StudentFile.ReadCard(run.Folder.LastStudentFile("student")).Thresholds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exported_model_gives_the_labels_of_pictures(bool probabilities)
    {
        string student = run.Folder.StudentFile("student"), path = run[$"student-{probabilities}.onnx"];
        var recipe = run.Folder.ReadRecipe();
        var data = recipe.Data.Prepare();
        var exported = OnnxExport.Write(path, student, new() { GivesProbabilities = probabilities }, recipe.Data.Source, data);
        Assert.Equal(("mAP", 1.0), (exported.ScoreName, exported.Agreement));
        Assert.Equal(exported.NetworkScore, exported.ModelScore, 1e-6);
        var (network, studentCard) = StudentFile.Read(student, CPU);
        using var owned = network;
        using var classifier = new PictureClassifier(path);
        var card = classifier.Card;
        Assert.Equal((true, probabilities, 2), (card.SeveralLabels, card.GivesProbabilities, card.Version));
        Assert.Equal(studentCard.Thresholds!, card.Thresholds!);
        using var batch = data.ForEvaluation(data.Test, studentCard.Normalization, CPU).Get(1, 0);
        bool[][] expected = [.. LabelSetTable.Present(network.call(batch.Images).Logits, card.Thresholds).data<bool>().ToArray().Chunk(4)];
        foreach (var (at, index) in data.Test.Indices.Index())
        {
            string picture = run[data.Test.Set.Files![index]];
            var labels = classifier.Labels(picture);
            Assert.Equal(Enumerable.Range(0, 4).Where(label => expected[at][label]), labels.Select(label => label.Index).Order());
            var all = classifier.Classify(picture);
            Assert.Equal(labels, all.Where(found => found.Probability >= card.Thresholds![found.Index]));
            Assert.Equal(all.OrderByDescending(found => found.Probability), all);
        }
    }

    [Fact]
    public void An_exhibit_names_the_combinations_of_labels()
    {
        var exhibit = Exhibit.Read(run.Folder.ExhibitFile);
        Assert.Equal(FormPictures.Names, exhibit.Classes);
        var test = run.Folder.ReadRecipe().Data.Prepare().Test;
        var expected = test.Indices.Select(index => test.Set.LabelsOf(index).ToArray())
            .Select(labels => labels.Length == 0 ? "(none)" : string.Join("; ", labels.Select(label => FormPictures.Names[label])));
        Assert.Equal(expected, exhibit.Labels.Select(label => exhibit.Names[label]));
        int[] answers = exhibit.Answers["student"].Classes;
        Assert.All(exhibit.Mistakes("student"), picture => Assert.NotEqual(picture.Label, answers[picture.Index]));
    }

    public static TheoryData<string, Func<Recipe, Recipe>> Refused { get; } = new()
    {
        { "'dkd' needs one label for each image", recipe => recipe with { Method = new DkdOptions() } },
        { "'dist' compares a softmax", recipe => recipe with { Method = new DistOptions() } },
        { "'kd' standardises", recipe => recipe with { Method = new KdOptions { StandardizeLogits = true } } },
        { "pathForm", recipe => recipe with { Method = new CtkdOptions { PathForm = PathForm.Divergence } } },
        {
            "the part 'crd'",
            recipe => recipe with { Method = new CombinationOptions { Parts = [new(), new() { Method = new CrdOptions() }] } }
        },
        { "training.sampling", recipe => recipe with { Training = recipe.Training with { Sampling = Sampling.Balanced } } },
        { "training.selectBy", recipe => recipe with { Training = recipe.Training with { SelectBy = SelectionScore.BalancedAccuracy } } },
        {
            "expert.training.sampling",
            recipe => recipe with { Expert = recipe.Expert! with { Training = recipe.Training with { Sampling = Sampling.SquareRoot } } }
        },
        {
            "expert.method: 'dkd'",
            recipe => recipe with { Expert = recipe.Expert! with { Method = new DkdOptions(), Expert = recipe.Expert } }
        },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_needs_one_label_is_refused(string reason, Func<Recipe, Recipe> change)
    {
        var recipe = change(LabelSetRun.RecipeFor("list.csv"));
        Assert.Contains(reason, Assert.Throws<UserErrorException>(() => recipe.CheckLabels(Labelling.Several)).Message);
        recipe.CheckLabels(Labelling.One);
    }

    [Fact]
    public void What_needs_one_label_is_refused_before_settings_are_chosen()
    {
        Assert.True(run.Folder.IsFinished);
        var planner = new Planner(new() { Source = new CsvSource { Path = run["list.csv"] }, Overrides = ["method=dkd"] }, CPU);
        var events = new List<RunEvent>();
        Assert.Contains("'dkd' needs one label", Assert.Throws<UserErrorException>(() => events.AddRange(planner.Run(Stop))).Message);
        Assert.DoesNotContain(events, happened => happened is TrialStarted);
    }

    [Fact]
    public void Pictures_with_one_label_do_not_measure_a_network_of_several()
    {
        var data = run.Folder.ReadRecipe().Data;
        var one = data with { Source = ((CsvSource)data.Source) with { Labels = CsvLabels.Several } };
        string[] classes = [.. FormPictures.Names];
        Assert.NotEmpty(MeasuredImages.Load(one, classes, () => new(null, null), new() { Stop = Stop }, Labelling.Several).Images.Indices);
        Assert.Contains("has several labels a picture", Assert.Throws<UserErrorException>(
            () => MeasuredImages.Load(one, classes, () => new(null, null), new() { Stop = Stop })).Message);
    }

    [Fact]
    public void Every_other_method_is_allowed()
    {
        string[] refused = ["crd", "dist", "dkd"];
        string[] found =
        [
            .. from name in MethodCatalogue.Names
               let type = Variants.Of<MethodOptions>().First(type => Variants.NameOf(type) == name)
               where ((MethodOptions)Activator.CreateInstance(type)!).RefusesLabelSets is not null
               select name,
        ];
        Assert.Equal(refused, found);
    }

    [Fact(Explicit = true)]
    public void Forms_are_learned_taught_and_alone()
    {
        using var folder = new TemporaryFolder();
        var recipe = LabelSetRun.RecipeFor(FormPictures.Write(folder, 1200, side: 32));
        var training = recipe.Training with
        {
            Epochs = 12,
            BatchSize = 32,
            LabelSmoothing = 0,
            Optimizer = new SgdOptions { LearningRate = 0.05 },
        };
        recipe = recipe with
        {
            Data = recipe.Data with { Source = ((CsvSource)recipe.Data.Source) with { Size = 32 }, HeldOut = 150, Augmentation = new() },
            Training = training,
            Expert = recipe.Expert! with { Training = training },
        };
        recipe.Run(folder, stop: Stop);
        var results = new RunFolder(folder["run"]).ReadSummary()!.Networks;
        Assert.Equal(3, results.Count);
        Assert.All(results, result => Assert.InRange(result.Best!.Test.Score, 0.9, 1));
        Assert.All(results, result => Assert.InRange(result.Best!.Test.LabelSets!.MacroF1, 0.8, 1));
    }

    [Fact]
    public void A_student_of_one_label_is_no_expert_for_several()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, stop: Stop);
        var recipe = LabelSetRun.RecipeFor(run["list.csv"]);
        string file = new RunFolder(folder["run"]).StudentFile("student");
        var given = recipe with { Expert = new() { File = file }, Method = new KdOptions() };
        var refused = Assert.Throws<UserErrorException>(() => given.Run(folder, "second", Stop));
        Assert.Contains("one label a picture", refused.Message);
    }
}
