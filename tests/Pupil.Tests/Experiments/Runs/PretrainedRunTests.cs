using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class PretrainedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string WeightsFile => _folder["weights.safetensors"];

    // Nine steps without a teacher; the body is fixed in the first of three epochs.
    private Recipe Supervised => TinyRecipe.Supervised with
    {
        Students =
        [
            .. TinyRecipe.Supervised.Students.Select(student => student with
            {
                Weights = new() { File = WeightsFile, BodyRate = 0.5, FrozenEpochs = 1 },
            }),
        ],
        Training = TinyRecipe.Supervised.Training with { Averaging = new() { Decay = 0.9 } },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_says_and_records_what_its_student_started_from()
    {
        WriteWeights(7);
        var events = Supervised.Run(_folder, stop: Stop);
        var loaded = Assert.Single(events.OfType<WeightsLoaded>());
        Assert.True(events.IndexOf(loaded) < events.FindIndex(found => found is TrainingStarted));
        Assert.Equal("student", loaded.Network);
        Assert.StartsWith("37 of 39 tensors from weights.safetensors; classifier new (7 → 10 classes); images normalised otherwise",
            loaded.Origin.ToString());
        var recorded = new RunFolder(_folder["run"]).ReadSummary()!.Networks.Single().Network.Weights!;
        Assert.Equal(loaded.Origin.ToString(), recorded.ToString());
        Assert.Equal((loaded.Origin.FileHash, 64), (recorded.FileHash, recorded.FileHash.Length));
    }

    // The events: 1 data, 2 weights, 3 start, 4–6 steps of the frozen epoch, 7 its end, 8 …
    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(12)]
    public void A_stopped_run_resumes_without_the_file_as_if_undisturbed(int events)
    {
        WriteWeights(7);
        Supervised.Run(_folder, "whole", Stop);
        Assert.IsType<TrainingStopped>(TinyRecipe.RunFor(_folder, Supervised, events)[^1]);
        File.Delete(WeightsFile);
        var resumed = TinyRecipe.Resume(_folder, stop: Stop);
        Assert.Empty(resumed.OfType<WeightsLoaded>());
        Assert.IsType<TrainingFinished>(resumed[^1]);
        TinyRecipe.AssertSame(new(_folder["whole"]), new(_folder["run"]));
    }

    [Fact]
    public void A_finished_run_gets_more_epochs_without_the_file()
    {
        WriteWeights(7);
        var longer = Supervised with { Training = Supervised.Training with { Epochs = 4 } };
        Supervised.Run(_folder, stop: Stop);
        File.Delete(WeightsFile);
        var events = Experiment.Extend(_folder["run"], 4, null, CPU).Run(Stop).ToList();
        Assert.IsType<TrainingFinished>(events[^1]);
        Assert.Equal(4, new RunFolder(_folder["run"]).ReadSummary()!.Epochs);
        Assert.Equal(39, new RunFolder(_folder["run"]).ReadSummary()!.Networks[0].Network.Weights!.AllTensors);
        Assert.Equal(longer.Training, new RunFolder(_folder["run"]).ReadRecipe().Training);
    }

    [Fact]
    public void Taught_and_alone_start_from_the_same_weights()
    {
        WriteWeights(10);
        // Dropout depends on the name.
        var student = Supervised.Students[0] with { Network = new() { Architecture = "wrn-10-1" } };
        var recipe = Supervised with { Students = [student, student with { Name = "alone", Taught = false }] };
        recipe.Run(_folder, stop: Stop);
        var run = new RunFolder(_folder["run"]);
        Assert.Equal(TinyRecipe.Weights(run.LastStudentFile("student")), TinyRecipe.Weights(run.LastStudentFile("alone")));
    }

    [Fact]
    public void Weights_of_another_network_are_refused_before_an_expert_is_trained()
    {
        WriteWeights(7, "wrn-16-1");
        var recipe = TinyRecipe.Ctkd with { Students = Supervised.Students };
        string message = Assert.Throws<UserErrorException>(() => recipe.Run(_folder, stop: Stop)).Message;
        Assert.Contains("found weights of wrn-16-1, expected those of wrn-10-1", message);
        recipe = TinyRecipe.Ctkd with { Expert = TinyRecipe.Ctkd.Expert! with { Weights = new() { File = WeightsFile } } };
        message = Assert.Throws<UserErrorException>(() => recipe.Run(_folder, stop: Stop)).Message;
        Assert.Contains("found weights of wrn-16-1, expected those of wrn-10-1", message);
        Assert.False(Directory.Exists(_folder["experts"]));
        Assert.False(new RunFolder(_folder["run"]).Exists);
    }

    [Fact]
    public void An_expert_starts_from_weights_whose_content_is_a_part_of_its_identity()
    {
        WriteWeights(7);
        var recipe = TinyRecipe.Ctkd with { Expert = TinyRecipe.Ctkd.Expert! with { Weights = new() { File = WeightsFile } } };
        var events = recipe.Run(_folder, stop: Stop);
        Assert.Equal("expert", Assert.Single(events.OfType<WeightsLoaded>()).Network);
        string first = FolderOf(recipe);
        Assert.NotEqual(first, FolderOf(TinyRecipe.Ctkd));
        File.Copy(WeightsFile, _folder["copy.safetensors"]);
        Assert.Equal(first, FolderOf(With(_folder["copy.safetensors"])));
        WriteWeights(7, seed: 9);
        Assert.NotEqual(first, FolderOf(recipe));
        Assert.Contains("cannot be read", Assert.Throws<UserErrorException>(() => FolderOf(With(_folder["missing.pth"]))).Message);

        Recipe With(string file) => recipe with { Expert = recipe.Expert! with { Weights = new() { File = file } } };

        string FolderOf(Recipe of) =>
            new Experts(_folder["experts"]).FolderOf(Experts.RecipeOf(of, of.Expert!), of.Data.Prepare()).Path;
    }

    [Fact]
    public void Shared_layers_and_weights_exclude_each_other()
    {
        WriteWeights(7);
        var method = (Pupil.Distillation.Methods.CtkdOptions)TinyRecipe.Ctkd.Method;
        var recipe = TinyRecipe.Ctkd with
        {
            Method = method with { ShareFirstConvolution = true, AttentionOn = Pupil.Distillation.Methods.AttentionLearner.ScratchTeacher },
            Students = Supervised.Students,
        };
        Assert.Contains("student: starts from weights, but the method lets it use convolutions of wrn-10-1",
            Assert.Throws<UserErrorException>(() => recipe.Run(_folder, stop: Stop)).Message);
    }

    [Fact]
    public void A_recipe_takes_the_network_of_the_weights()
    {
        WriteWeights(7, "resnet-8");
        var recipe = RecipeBook.Parse("""{ "method": "supervised" }""", "recipe", [$"students[0].weights={WeightsFile}"]);
        Assert.Equal(("resnet-8", WeightsFile, 0.1, 0), recipe.Students[0] is { Weights: { } weights, Network: var network }
            ? (network.Architecture, weights.File, weights.BodyRate, weights.FrozenEpochs) : default);
        recipe = RecipeBook.Parse("""{ "method": "kd", "expert": { "training": { "epochs": 3 } } }""", "recipe",
            [$"expert.weights.file={WeightsFile}", "students[0].weights.bodyRate=1", $"students[0].weights.file={WeightsFile}",
                "students[0].network=wrn-10-1"]);
        Assert.Equal(("resnet-8", "wrn-10-1"), (recipe.Expert!.Network.Architecture, recipe.Students[0].Network.Architecture));
        Assert.Contains("there is no such file", Assert.Throws<UserErrorException>(
            () => RecipeBook.Parse("""{ "method": "supervised" }""", "recipe", ["students[0].weights=missing.pth"])).Message);
        Assert.Contains("expert.weights: found weights beside file", Assert.Throws<UserErrorException>(
            () => RecipeBook.Parse("""{ "method": "kd", "expert": { "file": "a", "weights": "b", "network": "wrn-10-1" } }""", "recipe"))
            .Message);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1.1")]
    public void The_body_s_rate_has_a_range(string rate) => Assert.Contains("bodyRate", Assert.Throws<UserErrorException>(() =>
        RecipeBook.Parse("""{ "method": "supervised" }""", "recipe",
            ["students[0].network=wrn-10-1", "students[0].weights.file=x", $"students[0].weights.bodyRate={rate}"])).Message);

    private void WriteWeights(int classes, string architecture = "wrn-10-1", int seed = 5)
    {
        var spec = new NetworkSpec { Architecture = architecture };
        using var network = NetworkCatalogue.Build(spec, new(3, 16, 16), classes, seed);
        StudentFile.Write(WeightsFile, network, new()
        {
            Network = spec,
            Input = new(3, 16, 16),
            Classes = [.. Enumerable.Range(0, classes).Select(i => $"class {i}")],
            Normalization = new() { Mean = [0.4, 0.4, 0.4], Deviation = [0.2, 0.2, 0.2] },
        });
    }
}
