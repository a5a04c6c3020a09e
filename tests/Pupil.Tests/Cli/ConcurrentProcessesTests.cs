using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Packed;
using Pupil.Settings;
using Pupil.Tests.Experiments.Comparisons;
using Pupil.Tests.Experiments.Runs;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Cli;

/// <summary>Processes that need the same folder, expert, cache or comparison at once.</summary>
public sealed class ConcurrentProcessesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Runs_without_a_folder_of_their_own_get_one_each()
    {
        var recipe = TinyRecipe.Supervised with { Training = TinyRecipe.Supervised.Training with { Epochs = 1 } };
        File.WriteAllText(_folder["recipe.json"], SettingsWriter.Write(recipe));
        await AllEnd(seed => ["train", _folder["recipe.json"], "--seed", $"{seed}", "--threads", "1", "--quiet"]);
        var runs = Directory.GetDirectories(_folder["runs"]).Select(path => new RunFolder(path)).ToList();
        Assert.Equal([0, 1], runs.Select(run => run.ReadSummary()!.Seed).Order());
        Assert.All(runs, run => Assert.Equal(run.ReadRecipe().Seed, run.ReadSummary()!.Seed));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Runs_that_need_one_expert_train_it_once_and_end_alike()
    {
        File.WriteAllText(_folder["recipe.json"], SettingsWriter.Write(TinyRecipe.Ctkd));
        await AllEnd(i =>
        [
            "distill", _folder["recipe.json"], "--out", _folder[$"run-{i}"], "--experts", _folder["experts"], "--threads", "1", "--quiet",
        ]);
        var expert = new RunFolder(Assert.Single(Directory.GetDirectories(_folder["experts"])));
        Assert.Single(expert.ReadEnvironments());
        Assert.Equal(TinyRecipe.Ctkd.Expert!.Training.Epochs, File.ReadLines(expert.EpochsFile).Count());
        TinyRecipe.AssertSame(new(_folder["run-0"]), new(_folder["run-1"]));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Processes_that_decode_the_same_pictures_share_one_cache()
    {
        foreach (int i in Enumerable.Range(0, 40))
        {
            Directory.CreateDirectory(_folder[$"pictures/{i % 2}"]);
            File.WriteAllBytes(_folder[$"pictures/{i % 2}/{i}.bmp"], TinyPictures.Bmp(i));
        }
        await AllEnd(i => ["data", "preview", _folder["pictures"], "--set", "data.source.size=48", "--out", _folder[$"{i}.png"]]);
        string[] files = [.. Directory.GetFiles(_folder["cache"]).OrderBy(file => Path.GetExtension(file))];
        Assert.Equal([".safetensors", ".stamp"], files.Select(file => Path.GetExtension(file)));
        Assert.Equal(40, PackedFile.Open(files[0]).Parts.Sum(part => part.Images.Count));
        Assert.Equal(File.ReadAllBytes(_folder["0.png"]), File.ReadAllBytes(_folder["1.png"]));
        AssertNothingLeft();
    }

    [Fact]
    public async Task Processes_that_share_a_comparison_compute_each_cell_once_and_get_the_table_of_one()
    {
        using TinyComparison alone = new(), shared = new();
        var plan = alone.Plan(seeds: "[0]");
        shared.Plan(seeds: "[0]");
        using (var one = new PupilProcess(Compare(alone)))
            await one.Finish(Stop);
        await AllEnd(_ => Compare(shared));
        Assert.All(plan.Cells, cell => Assert.Single(shared.Cell(cell.Path).ReadEnvironments()));
        Assert.Single(new RunFolder(Assert.Single(Directory.GetDirectories(shared.Experts))).ReadEnvironments());
        foreach (var cell in plan.Cells)
            TinyRecipe.AssertSame(alone.Cell(cell.Path), shared.Cell(cell.Path));
        Assert.Equal(Untimed(alone.Folder.RowsFile), Untimed(shared.Folder.RowsFile));
        Assert.DoesNotContain(TinyRecipe.Files(shared.Folder.Path), IsLeft);

        static string[] Compare(TinyComparison tiny) =>
            ["compare", tiny.File, "--out", tiny.Folder.Path, "--experts", tiny.Experts, "--threads", "1", "--quiet"];
    }

    // Two processes at once, in the test's folder, with a cache of its own.
    private async Task AllEnd(Func<int, string[]> arguments)
    {
        var environment = new Dictionary<string, string> { ["PUPIL_CACHE"] = _folder["cache"] };
        var processes = Enumerable.Range(0, 2).Select(i => new PupilProcess(arguments(i), environment, _folder.FullPath)).ToList();
        await Task.WhenAll(processes.Select(process => process.Finish(Stop)));
        processes.ForEach(process => process.Dispose());
    }

    private void AssertNothingLeft() => Assert.DoesNotContain(TinyRecipe.Files(_folder.FullPath), IsLeft);

    private static bool IsLeft(string file) =>
        file.EndsWith(".tmp", StringComparison.Ordinal) || file.EndsWith(".lock", StringComparison.Ordinal);

    private static IEnumerable<string> Untimed(string csv)
    {
        string[][] lines = [.. File.ReadLines(csv).Select(line => line.Split(','))];
        return lines.Select(line =>
            string.Join(',', line.Where((_, i) => lines[0][i] is not "training_seconds" and not "images_per_second")));
    }
}
