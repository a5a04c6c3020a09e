using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Folder;
using Pupil.Settings;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Starts of runs that meet in one folder, and starts that are refused.</summary>
public sealed class RunStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RunFolder Run => new(_folder["run"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_two_runs_that_found_the_folder_free_one_trains_and_its_recipe_is_recorded()
    {
        Experiment first = Start(TinyRecipe.Supervised), second = Start(TinyRecipe.Supervised with { Seed = 4 });
        using var events = first.Run(Stop).GetEnumerator();
        Assert.True(events.MoveNext());
        Assert.Contains("another process works in this folder", Assert.Throws<UserErrorException>(() => second.Run(Stop).Last()).Message);
        while (events.MoveNext())
            continue;
        Assert.Contains("already holds a run", Assert.Throws<UserErrorException>(() => second.Run(Stop).Last()).Message);
        Assert.Equal((3, 3), (Run.ReadRecipe().Seed, Run.ReadSummary()!.Seed));
    }

    [Fact]
    public async Task Processes_that_start_at_once_in_one_folder_record_the_seed_that_is_trained()
    {
        var recipe = TinyRecipe.Supervised with { Training = TinyRecipe.Supervised.Training with { Epochs = 1 } };
        File.WriteAllText(_folder["recipe.json"], SettingsWriter.Write(recipe));
        var processes = Enumerable.Range(0, 3).Select(seed => new PupilProcess(
            "train", _folder["recipe.json"], "--seed", $"{seed}", "--out", Run.Path, "--threads", "1", "--quiet")).ToList();
        var ends = await Task.WhenAll(processes.Select(process => process.End(Stop)));
        processes.ForEach(process => process.Dispose());
        Assert.Equal([0, 2, 2], ends.Select(end => end.ExitCode).Order());
        Assert.All(ends.Where(end => end.ExitCode == 2), end => Assert.Matches(
            "another process works in this folder; let it end|already holds a run; resume it", end.Errors));
        int trained = ends.ToList().FindIndex(end => end.ExitCode == 0);
        Assert.Equal((trained, trained), (Run.ReadRecipe().Seed, Run.ReadSummary()!.Seed));
    }

    [Fact]
    public void A_folder_that_another_run_has_claimed_is_passed_over()
    {
        string[] names = [_folder["runs/a"], _folder["runs/a-2"], _folder["runs/a-3"]];
        Directory.CreateDirectory(names[0]);
        var experiments = Enumerable.Range(0, 2)
            .Select(_ => Experiment.StartInFirst(TinyRecipe.Supervised, null, names, _folder["experts"], CPU)).ToList();
        Assert.Equal(names[1..], experiments.Select(experiment => ((TrainingFinished)experiment.Run(Stop).Last()).Folder.Path));
    }

    [Fact]
    public void A_run_refused_before_its_first_step_leaves_no_folder()
    {
        var student = TinyRecipe.Ctkd.Students[0];
        AssertRefused(TinyRecipe.Supervised with { Data = new() { Source = new FolderSource { Path = _folder["nowhere"] } } });
        AssertRefused(TinyRecipe.Supervised with { Students = [student with { Network = new() { Architecture = "imagenet-resnet-18" } }] });
        AssertRefused(TinyRecipe.Ctkd with { Expert = new() { File = _folder["missing.safetensors"] } });
        var expert = TinyRecipe.Ctkd.Expert! with { Network = new() { Architecture = "imagenet-resnet-18" } };
        AssertRefused(TinyRecipe.Ctkd with { Expert = expert });
    }

    [Fact]
    public void A_run_that_trained_nothing_gives_way_to_another()
    {
        using (var stopped = new CancellationTokenSource())
        {
            foreach (var step in Start(TinyRecipe.Ctkd).Run(stopped.Token))
                stopped.Cancel();
        }
        Assert.True(Run.Exists);
        Assert.IsType<TrainingFinished>(Start(TinyRecipe.Ctkd).Run(Stop).Last());
        Assert.Equal(2, Run.ReadEnvironments().Count);

        Directory.Delete(Run.Path, recursive: true);
        Run.Record(SettingsWriter.Write(TinyRecipe.Supervised), RunEnvironment.Now(CPU));
        Assert.IsType<TrainingFinished>(Start(TinyRecipe.Supervised with { Seed = 4 }).Run(Stop).Last());
        Assert.Equal((4, 1), (Run.ReadRecipe().Seed, Run.ReadEnvironments().Count));
    }

    [Fact]
    public void The_environment_is_written_before_the_recipe_that_makes_the_folder_a_run()
    {
        Directory.CreateDirectory(Run.RecipeFile); // no recipe can be written
        Assert.ThrowsAny<Exception>(() => Run.Record("{}", RunEnvironment.Now(CPU) with { Experts = "elsewhere", Threads = 7 }));
        Assert.Equal(("elsewhere", 7), (Run.ReadEnvironments()[0].Experts, Run.ReadEnvironments()[0].Threads));
        Directory.Delete(Run.RecipeFile);
        // The same command takes the folder, as after a kill at this place.
        Assert.IsType<TrainingFinished>(Start(TinyRecipe.Supervised).Run(Stop).Last());
        Assert.Single(Run.ReadEnvironments());
    }

    private Experiment Start(Recipe recipe) => Experiment.Start(recipe, Run.Path, _folder["experts"], CPU);

    private void AssertRefused(Recipe recipe)
    {
        Assert.ThrowsAny<UserErrorException>(() => Start(recipe).Run(Stop).Last());
        Assert.False(Directory.Exists(Run.Path), string.Join(' ', Directory.Exists(Run.Path) ? TinyRecipe.Files(Run.Path) : []));
        Assert.IsType<TrainingFinished>(Start(TinyRecipe.Supervised).Run(Stop).Last());
        Directory.Delete(Run.Path, recursive: true);
    }
}
