using System.Diagnostics;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Experiments.Comparisons;

/// <summary>The cause of an error: a folder holds no comparison.</summary>
internal sealed record ComparisonNotFound : UserErrorCause;

/// <summary>The files of one comparison: its settings and recipes, a run folder for each cell, and the tables computed from them.</summary>
internal sealed class ComparisonFolder
{
    private const string CellsFolder = "cells";
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(10);

    /// <summary>Names a folder, and creates nothing.</summary>
    public ComparisonFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The complete comparison; its recipes lie beside it with their original text.</summary>
    public string ComparisonFile => In("comparison.json");

    /// <summary>The table as Markdown.</summary>
    public string MarkdownFile => In("comparison.md");

    /// <summary>The table as LaTeX.</summary>
    public string LatexFile => In("comparison.tex");

    /// <summary>The rows as comma-separated numbers.</summary>
    public string RowsFile => In("comparison.csv");

    /// <summary>The cells as comma-separated numbers.</summary>
    public string CellsFile => In("cells.csv");

    /// <summary>The contrasts as comma-separated numbers; missing in a comparison without any.</summary>
    public string ContrastsFile => In("contrasts.csv");

    /// <summary>Whether the folder holds a comparison.</summary>
    public bool Exists => File.Exists(ComparisonFile);

    /// <summary>The run folder of a cell.</summary>
    public RunFolder FolderOf(ComparisonCell cell) => new(In(CellsFolder, cell.Path));

    /// <summary>The file with the error of a cell's last attempt.</summary>
    public string FailureFile(ComparisonCell cell) => System.IO.Path.Combine(FolderOf(cell).Path, "failed.txt");

    /// <summary>Reads the comparison of this folder; one of an earlier version has the same parts for all seeds.</summary>
    /// <exception cref="UserErrorException">There is none, or it is damaged.</exception>
    public ComparisonPlan ReadPlan() => Exists
        ? ComparisonBook.Read(ComparisonFile, comparison => comparison with { Parts = comparison.Parts ?? SeedParts.Fixed })
        : throw new UserErrorException($"{Path}: holds no comparison (no comparison.json); give the folder of a comparison.")
        {
            Cause = new ComparisonNotFound(),
        };

    /// <summary>Reads the progress of a cell.</summary>
    public CellState StateOf(ComparisonCell cell)
    {
        var run = FolderOf(cell);
        try
        {
            if (run.ReadSummary() is { } summary)
            {
                return RecordCheck.FaultBetween(summary, cell.Settings) is { } fault
                    ? Damaged($"{run.SummaryFile}: {fault}; the file is damaged, or belongs to another run")
                    : new CellState(cell, summary, cell.Settings.Method.EpochsBefore + summary.Epochs,
                        summary.TrainingSeconds + summary.EvaluationSeconds, null);
            }
        }
        catch (UserErrorException error)
        {
            return Damaged(error.Message);
        }
        var epochs = EpochsOf(run);
        string? failure = File.Exists(FailureFile(cell)) ? RegularFile.ReadAllText(FailureFile(cell)).Trim() : null;
        return new CellState(cell, null, epochs.Count, epochs.Sum(epoch => epoch.TrainingSeconds + epoch.EvaluationSeconds), failure);

        CellState Damaged(string damage) => new(cell, null, 0, 0, null) { Damage = damage };
    }

    /// <summary>Returns a comparison with the parts of the folder's, where it leaves them open.</summary>
    public ComparisonPlan Fit(ComparisonPlan given) =>
        given.Comparison.Parts is null && Exists && ReadPlan().Comparison.Parts == SeedParts.Fixed
            ? ComparisonMerge.Remake(given, given.Comparison with { Parts = SeedParts.Fixed }) : given;

    /// <summary>The threads and experts folder of the first cell that was started; null if none was.</summary>
    public (int Threads, string? Experts)? Setting(ComparisonPlan plan) => plan.Cells
        .Select(cell => FolderOf(cell))
        .Where(run => run.ReadEnvironments().Count > 0)
        .Select(run => (run.ReadEnvironments()[^1].Threads,
            run.ReadEnvironments()[^1].Experts is { } seen ? System.IO.Path.GetFullPath(System.IO.Path.Combine(run.Path, seen)) : null))
        .Select(setting => ((int, string?)?)setting).FirstOrDefault();

    /// <summary>Creates the folder with a comparison, or adds its rows, seeds and recipes to the folder. Started cells stay.</summary>
    /// <param name="given">The comparison.</param>
    /// <returns>The whole comparison of the folder.</returns>
    /// <exception cref="UserErrorException">The folder holds something else, or a cell that was run with another recipe.</exception>
    public ComparisonPlan Take(ComparisonPlan given)
    {
        if (!Exists && Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any(IsForeign))
            throw Unusable("is not empty, and holds no comparison; choose another folder.");
        using var turn = WaitForTurn();
        AtomicFile.RemoveStale(Path);
        AtomicFile.RemoveStale(In(ComparisonMerge.RecipesFolder));
        var here = Exists ? ReadPlan() : given;
        bool hasResults = here.Cells.Any(cell => FolderOf(cell) is { Exists: true, IsUntrained: false });
        var whole = ComparisonMerge.Merge(IsRefused(here) ? given : here, given, hasResults);
        CheckCells(whole);
        Directory.CreateDirectory(In(ComparisonMerge.RecipesFolder));
        foreach (var recipe in whole.Recipes)
            AtomicFile.WriteText(In(ComparisonMerge.PlaceOf(recipe.Name)), recipe.Text);
        // Written last: this file makes the folder a comparison's.
        AtomicFile.WriteText(ComparisonFile, SettingsWriter.Write(whole.Comparison));
        return whole;
    }

    // A comparison of which every tried cell failed before its first epoch: the next one replaces it, so that it leaves no rows or seeds
    // that nobody wants. A cell at which another process is working has a folder without a failure.
    private bool IsRefused(ComparisonPlan plan)
    {
        ComparisonCell[] tried = [.. plan.Cells.Where(cell => Directory.Exists(FolderOf(cell).Path))];
        return tried.Length > 0
            && tried.All(cell => File.Exists(FailureFile(cell)) && FolderOf(cell) is { Exists: false } or { IsUntrained: true });
    }

    /// <summary>Checks that the started cells were run with the recipes of a plan.</summary>
    /// <exception cref="UserErrorException">A cell was run with another recipe.</exception>
    public void CheckCells(ComparisonPlan plan)
    {
        var errors = new SettingsErrors();
        foreach (var cell in plan.Cells.Where(cell => FolderOf(cell) is { Exists: true, IsUntrained: false }))
        {
            // The description of a recipe changes nothing in its run.
            var run = FolderOf(cell);
            Recipe ran = run.ReadRecipe() with { About = "" }, planned = cell.Settings with { About = "" };
            if (SettingsDifference.First(ran, planned) is var (path, found, expected))
            {
                errors.Add(() => run.RecipeFile, path, () => $"the cell was run with {found}, but the comparison has {expected}; "
                    + "undo the change, rename the row, delete the cell's folder, or choose another folder.");
            }
        }
        errors.ThrowIfAny(new OutputFolderUnusable());
    }

    // Some systems do not allow reading a file that another process writes.
    private static IReadOnlyList<EpochRecord> EpochsOf(RunFolder run)
    {
        try
        {
            return run.ReadEpochs();
        }
        catch (IOException)
        {
            return [];
        }
    }

    // Several processes may share the work of one comparison, and take it in at the same time.
    private RunLock WaitForTurn()
    {
        var self = new RunFolder(Path);
        var watch = Stopwatch.StartNew();
        RunLock? turn;
        while ((turn = self.TryLock()) is null)
        {
            if (watch.Elapsed > LongestTurn)
                throw Unusable("another process uses this folder; end that process, or choose another folder.");
            Thread.Sleep(20);
        }
        return turn;
    }

    private UserErrorException Unusable(string reason) => new($"{Path}: {reason}") { Cause = new OutputFolderUnusable() };

    // A process that was ended while it took in a comparison may have left these.
    private static bool IsForeign(string entry) =>
        System.IO.Path.GetFileName(entry) is not (['.', ..] or ComparisonMerge.RecipesFolder);

    private string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);
}
