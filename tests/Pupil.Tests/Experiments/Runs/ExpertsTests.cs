using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class ExpertsTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Networks_that_do_not_fit_are_refused_before_an_expert_is_trained(bool inTheChain)
    {
        using var folder = new TemporaryFolder();
        var misfit = new AtOptions { Stages = ["stage9"] };
        var expert = TinyRecipe.Ctkd.Expert!;
        var recipe = inTheChain
            ? TinyRecipe.Ctkd with { Expert = expert with { Method = misfit, Expert = expert with { Name = "professor", Seed = 9 } } }
            : TinyRecipe.Ctkd with { Method = misfit };

        var error = Assert.Throws<UserErrorException>(() => recipe.Run(folder, stop: Stop));

        Assert.Contains("stage9", error.Message);
        Assert.Empty(Directory.GetFiles(folder.FullPath, "*.safetensors", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_trained_expert_is_reused()
    {
        using var folder = new TemporaryFolder();
        var first = TinyRecipe.Ctkd.Run(folder, "one", Stop).OfType<ExpertReady>().Single();
        string file = Path.Combine(folder["one"], first.Expert.File); // relative to the run folder, so that both can be moved
        byte[] before = File.ReadAllBytes(file);
        var events = (TinyRecipe.Ctkd with { Name = "another", Seed = 5 }).Run(folder, "two", Stop);
        var second = events.OfType<ExpertReady>().Single();
        Assert.Equal((false, true), (first.Reused, second.Reused));
        Assert.Equal(first.Expert with { Latency = null }, second.Expert with { Latency = null });
        Assert.DoesNotContain(events.OfType<TrainingStarted>(), started => started.IsExpert);
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Single(Directory.GetDirectories(folder["experts"]));
    }

    [Fact]
    public void An_expert_has_a_run_of_its_own()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, stop: Stop);
        var run = new RunFolder(Directory.GetDirectories(folder["experts"]).Single());
        var summary = run.ReadSummary()!;
        Assert.Equal(("supervised", 1), (summary.Method, summary.Epochs));
        Assert.Equal(new RunFolder(folder["run"]).ReadSummary()!.Expert!.Test, summary.Networks.Single().Best!.Test);
        Assert.Equal(new ImageCounts(40, 20, 20), summary.Images); // without the images that the recipe holds out
        Assert.StartsWith("wrn-10-1-", Path.GetFileName(run.Path));
    }

    private static readonly Dictionary<string, Recipe> Others = new()
    {
        ["network"] = With(expert => expert with { Network = new() { Architecture = "resnet-8" } }),
        ["dropout"] = With(expert => expert with { Network = expert.Network with { Dropout = 0.1 } }),
        ["initialization"] = With(expert => expert with { Network = expert.Network with { Initialization = Initialization.ReleasedCode } }),
        ["expert's seed"] = With(expert => expert with { Seed = 1 }),
        ["expert's images"] = With(expert => expert with { TrainImages = 30 }),
        ["epochs"] = With(expert => expert with { Training = expert.Training with { Epochs = 2 } }),
        ["batch size"] = With(expert => expert with { Training = expert.Training with { BatchSize = 8 } }),
        ["schedule"] = With(expert =>
            expert with { Training = expert.Training with { Schedule = new CosineSchedule { FinalFactor = 0.1 } } }),
        ["rate"] = With(expert => expert with { Training = expert.Training with { Optimizer = new SgdOptions { LearningRate = 0.06 } } }),
        ["images"] = TinyRecipe.Ctkd
            with
        { Data = TinyRecipe.Ctkd.Data with { Source = new ShapesOptions { Size = 16, Train = 60, Test = 20, Seed = 1 } } },
        ["image size"] = TinyRecipe.Ctkd
            with
        { Data = TinyRecipe.Ctkd.Data with { Source = new ShapesOptions { Size = 17, Train = 60, Test = 20 } } },
        ["number of images"] = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { TrainImages = 30 } },
        ["held-out part"] = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { HeldOut = 10 } },
        ["split seed"] = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { SplitSeed = 1 } },
        ["augmentation"] = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { Augmentation = Augmentation.None } },
        ["normalization"] = TinyRecipe.Ctkd
            with
        { Data = TinyRecipe.Ctkd.Data with { Normalization = new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] } } },
    };

    private static readonly Dictionary<string, Recipe> Sames = new()
    {
        ["name"] = TinyRecipe.Ctkd with { Name = "other", About = "else" },
        ["recipe's seed"] = TinyRecipe.Ctkd with { Seed = 8 },
        ["method"] = TinyRecipe.Ctkd with { Method = new KdOptions() },
        ["students"] = TinyRecipe.Ctkd with { Students = [new() { Network = new() { Architecture = "resnet-8" } }] },
        ["training"] = TinyRecipe.Ctkd with { Training = new() },
        ["preset"] = TinyRecipe.Ctkd with { Preset = Preset.ReleasedCode },
        ["how often it is tested"] = With(expert => expert with { Training = expert.Training with { TestEvery = 9 } }),
        ["test images"] = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { TestImages = 10 } },
    };

    public static TheoryData<string> What_determines => [.. Others.Keys];

    public static TheoryData<string> What_does_not => [.. Sames.Keys];

    [Theory]
    [MemberData(nameof(What_determines))]
    public void Settings_that_determine_an_expert_change_its_folder(string what) =>
        Assert.NotEqual(FolderOf(TinyRecipe.Ctkd), FolderOf(Others[what]));

    [Theory]
    [MemberData(nameof(What_does_not))]
    public void Other_settings_keep_its_folder(string what) => Assert.Equal(FolderOf(TinyRecipe.Ctkd), FolderOf(Sames[what]));

    [Fact]
    public void The_place_of_the_files_does_not_determine_an_expert()
    {
        var data = TinyRecipe.Ctkd.Data.Prepare();
        Assert.Equal(Key("here"), Key("there"));

        string Key(string place)
        {
            var recipe = TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { Source = new Cifar10Source { Path = place } } };
            return new Experts("experts").FolderOf(Experts.RecipeOf(recipe, recipe.Expert!), data).Path;
        }
    }

    [Fact]
    public void An_expert_can_be_given_as_a_file()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, "one", Stop);
        string file = folder["teacher.safetensors"];
        File.Copy(new RunFolder(folder["one"]).StudentFile("scratch-teacher"), file);
        Directory.Delete(folder["experts"], recursive: true);
        var events = (TinyRecipe.Ctkd with { Expert = new() { File = file } }).Run(folder, "two", Stop);
        var expert = events.OfType<ExpertReady>().Single();
        Assert.True(expert.Reused);
        Assert.Equal("../teacher.safetensors", expert.Expert.File);
        Assert.Equal(new RunFolder(folder["one"]).ReadSummary()!.Networks[1].Best!.Test, expert.Expert.Test);
        Assert.False(Directory.Exists(folder["experts"]));
    }

    [Fact]
    public void An_expert_receives_images_with_the_normalisation_of_its_training()
    {
        using var folder = new TemporaryFolder();
        var own = new Normalization { Mean = [0.1, 0.2, 0.3], Deviation = [0.5, 0.6, 0.7] };
        WriteStudent(folder["teacher.safetensors"], TinyRecipe.Ctkd.Data.Prepare().Splits.Train.Classes, own);
        var recipe = TinyRecipe.Ctkd with { Expert = new() { File = folder["teacher.safetensors"] } };
        var found = recipe.Run(folder, stop: Stop).OfType<ExpertReady>().Single().Expert.Test;
        var (network, _) = StudentFile.Read(folder["teacher.safetensors"], CPU);
        using (network)
            Assert.Equal(Evaluation.Measure(network, Batches.ForEvaluation(recipe.Data.Prepare().Test, 250, own, CPU)), found);
    }

    [Theory]
    [InlineData("disc, square", "has 2 classes (disc, square …)")]
    [InlineData("a, b, c, d, e, f, g, h, i, j", "has 10 classes (a, b …)")]
    public void An_expert_of_other_classes_is_refused(string classes, string found)
    {
        using var folder = new TemporaryFolder();
        WriteStudent(folder["teacher.safetensors"], classes.Split(", "), new Normalization { Mean = [0, 0, 0], Deviation = [1, 1, 1] });
        var recipe = TinyRecipe.Ctkd with { Expert = new() { File = folder["teacher.safetensors"] } };
        var error = Assert.Throws<UserErrorException>(() => recipe.Run(folder, stop: Stop));
        Assert.StartsWith(folder["teacher.safetensors"], error.Message);
        Assert.Contains(found, error.Message);
        Assert.Contains("has 10", error.Message);
    }

    [Fact]
    public void A_missing_expert_file_is_an_error()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with { Expert = new() { File = folder["none.safetensors"] } };
        Assert.StartsWith(folder["none.safetensors"], Assert.Throws<UserErrorException>(() => recipe.Run(folder, stop: Stop)).Message);
    }

    [Fact]
    public void An_expert_can_be_trained_alone()
    {
        using var folder = new TemporaryFolder();
        var made = Experiment.MakeExpert(TinyRecipe.Ctkd, folder["experts"], CPU, Stop).OfType<ExpertReady>().Single();
        var found = Experiment.MakeExpert(TinyRecipe.Ctkd, folder["experts"], CPU, Stop).OfType<ExpertReady>().Single();
        var used = TinyRecipe.Ctkd.Run(folder, stop: Stop).OfType<ExpertReady>().Single();
        Assert.Equal((false, true, true), (made.Reused, found.Reused, used.Reused));
        Assert.Equal(made.Expert with { File = used.Expert.File, Latency = null }, used.Expert with { Latency = null });
        Assert.Equal(Path.GetFullPath(made.Expert.File, folder["experts"]), Path.GetFullPath(used.Expert.File, folder["run"]));
        Assert.Throws<UserErrorException>(() => Experiment.MakeExpert(TinyRecipe.Supervised, folder["experts"], CPU, Stop));
        Assert.Throws<UserErrorException>(
            () => Experiment.MakeExpert(TinyRecipe.Ctkd with { Expert = new() { File = "x" } }, folder["experts"], CPU, Stop));
    }

    [Fact]
    public async Task An_expert_that_another_process_trains_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        var expert = new RunFolder(FolderOf(TinyRecipe.Ctkd, folder["experts"]));
        var other = expert.TryLock()!;
        var awaited = new TaskCompletionSource();
        var waiting = Task.Run(() =>
        {
            var events = new List<RunEvent>();
            foreach (var found in Experiment.MakeExpert(TinyRecipe.Ctkd, folder["experts"], CPU, Stop))
            {
                events.Add(found);
                if (found is ExpertAwaited)
                    awaited.SetResult();
            }
            return events;
        }, Stop);
        await Task.WhenAny(awaited.Task, waiting);
        other.Dispose();
        var events = await waiting;
        Assert.Equal(expert.Path, events.OfType<ExpertAwaited>().Single().Folder.Path);
        Assert.False(events.OfType<ExpertReady>().Single().Reused);
    }

    [Fact]
    public void Waiting_for_an_expert_can_be_stopped()
    {
        using var folder = new TemporaryFolder();
        using var other = new RunFolder(FolderOf(TinyRecipe.Ctkd, folder["experts"])).TryLock()!;
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var events = TinyRecipe.Ctkd.Run(folder, stop: stop.Token);
        Assert.IsType<ExpertAwaited>(events[^1]);
        Assert.False(new RunFolder(folder["run"]).IsFinished);
    }

    [Fact]
    public void An_expert_s_folder_that_a_killed_process_left_empty_is_used()
    {
        using var folder = new TemporaryFolder();
        var expert = new RunFolder(FolderOf(TinyRecipe.Ctkd, folder["experts"]));
        Directory.CreateDirectory(Path.Combine(expert.Path, "students"));
        File.WriteAllText(Path.Combine(expert.Path, ".recipe.json.999999999-1.tmp"), "{");
        File.WriteAllText(Path.Combine(expert.Path, ".lock"), "");
        Assert.IsType<TrainingFinished>(TinyRecipe.Ctkd.Run(folder, stop: Stop)[^1]);
        Assert.True(expert.IsFinished);
    }

    private static Recipe With(Func<ExpertOptions, ExpertOptions> change) =>
        TinyRecipe.Ctkd with { Expert = change(TinyRecipe.Ctkd.Expert!) };

    private static string FolderOf(Recipe recipe, string experts = "experts") =>
        new Experts(experts).FolderOf(Experts.RecipeOf(recipe, recipe.Expert!), recipe.Data.Prepare()).Path;

    private static void WriteStudent(string path, IReadOnlyList<string> classes, Normalization normalization)
    {
        var spec = new NetworkSpec { Architecture = "wrn-10-1" };
        using var network = NetworkCatalogue.Build(spec, new(3, 16, 16), classes.Count, 5);
        StudentFile.Write(path, network,
            new() { Network = spec, Input = new(3, 16, 16), Classes = classes, Normalization = normalization });
    }
}
