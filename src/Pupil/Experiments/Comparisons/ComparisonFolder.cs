using System.Diagnostics;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Experiments.Comparisons;

/// <summary>The files of one comparison: what is compared, a run folder for each cell, and the tables that follow from them.</summary>
public sealed class ComparisonFolder
{
    private const string CellsFolder = "cells";
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);

    /// <summary>Names a folder; nothing is created.</summary>
    public ComparisonFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The comparison, complete; its recipes lie beside it, as they were written.</summary>
    public string ComparisonFile => In("comparison.json");

    /// <summary>The table as Markdown.</summary>
    public string MarkdownFile => In("comparison.md");

    /// <summary>The table as LaTeX.</summary>
    public string LatexFile => In("comparison.tex");

    /// <summary>The rows as numbers.</summary>
    public string RowsFile => In("comparison.csv");

    /// <summary>The cells as numbers.</summary>
    public string CellsFile => In("cells.csv");

    /// <summary>Whether a comparison was ever started here.</summary>
    public bool Exists => File.Exists(ComparisonFile);

    /// <summary>The run folder of a cell.</summary>
    public RunFolder FolderOf(ComparisonCell cell) => new(In(CellsFolder, cell.Path));

    /// <summary>The file that says why a cell failed when it was last tried.</summary>
    public string FailureFile(ComparisonCell cell) => System.IO.Path.Combine(FolderOf(cell).Path, "failed.txt");

    /// <summary>The comparison as it stands here.</summary>
    /// <exception cref="UserErrorException">There is none, or it is damaged.</exception>
    public ComparisonPlan ReadPlan() => Exists
        ? ComparisonBook.Read(ComparisonFile)
        : throw new UserErrorException($"{Path}: holds no comparison (no comparison.json); give the folder that 'pupil compare' printed.");

    /// <summary>How far a cell is.</summary>
    public CellState StateOf(ComparisonCell cell)
    {
        var run = FolderOf(cell);
        try
        {
            if (run.ReadSummary() is { } summary)
            {
                return RecordCheck.FaultBetween(summary, cell.Settings) is { } fault
                    ? new CellState(cell, null, 0, 0, null) { Damage = $"{run.SummaryFile}: {fault}; the file is damaged, or belongs to another run" }
                    : new CellState(cell, summary, cell.Settings.AllEpochs, summary.TrainingSeconds + summary.EvaluationSeconds, null);
            }
        }
        catch (UserErrorException error)
        {
            return new CellState(cell, null, 0, 0, null) { Damage = error.Message };
        }
        var epochs = EpochsOf(run);
        string? failure = File.Exists(FailureFile(cell)) ? File.ReadAllText(FailureFile(cell)).Trim() : null;
        return new CellState(cell, null, epochs.Count, epochs.Sum(epoch => epoch.TrainingSeconds + epoch.EvaluationSeconds), failure);
    }

    /// <summary>What the cells were last run with, of the first cell that was started; null if none was.</summary>
    public (int Threads, string? Experts)? Setting(ComparisonPlan plan) => plan.Cells
        .Select(cell => FolderOf(cell))
        .Where(run => run.ReadEnvironments().Count > 0)
        .Select(run => (run.ReadEnvironments()[^1].Threads,
            run.ReadEnvironments()[^1].Experts is { } seen ? System.IO.Path.GetFullPath(System.IO.Path.Combine(run.Path, seen)) : null))
        .Select(setting => ((int, string?)?)setting).FirstOrDefault();

    /// <summary>
    /// Takes a comparison in: creates the folder with it, or adds its rows, seeds and recipes to what is here. No cell changes by that.
    /// </summary>
    /// <param name="given">The comparison.</param>
    /// <returns>Everything that belongs to the folder then.</returns>
    /// <exception cref="UserErrorException">The folder holds something else, or a cell that was run by another recipe.</exception>
    public ComparisonPlan Take(ComparisonPlan given)
    {
        if (!Exists && Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any(IsForeign))
            throw new UserErrorException($"{Path}: is not empty, and holds no comparison; choose another folder with --out.");
        using var turn = WaitForTurn();
        AtomicFile.RemoveStale(Path);
        AtomicFile.RemoveStale(In(ComparisonMerge.RecipesFolder));
        var whole = ComparisonMerge.Of(Exists ? ReadPlan() : given, given);
        CheckCells(whole);
        Directory.CreateDirectory(In(ComparisonMerge.RecipesFolder));
        foreach (var recipe in whole.Recipes)
            AtomicFile.WriteText(In(ComparisonMerge.PlaceOf(recipe.Name)), recipe.Text);
        // Last: with it the folder is a comparison's.
        AtomicFile.WriteText(ComparisonFile, SettingsWriter.Write(whole.Comparison));
        return whole;
    }

    /// <summary>Checks that the cells that were started are what a plan says.</summary>
    /// <exception cref="UserErrorException">A cell was run by another recipe.</exception>
    public void CheckCells(ComparisonPlan plan)
    {
        var errors = new SettingsErrors();
        foreach (var cell in plan.Cells.Where(cell => FolderOf(cell).Exists))
        {
            // What a recipe is for, in words, changes nothing.
            var run = FolderOf(cell);
            if (SettingsDifference.First(run.ReadRecipe() with { About = "" }, cell.Settings with { About = "" }) is var (path, found, expected))
            {
                errors.Add(() => run.RecipeFile, path, () => $"the cell was run with {found}, the comparison now says {expected}; "
                    + "take back the change, give the row another name, delete the cell's folder, or choose another folder with --out.");
            }
        }
        errors.ThrowIfAny();
    }

    // Another process may be writing to the file, which some systems do not allow to read then.
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

    // Others may take the same comparison in at the same time: that is how work is shared.
    private FileStream WaitForTurn()
    {
        var self = new RunFolder(Path);
        var watch = Stopwatch.StartNew();
        FileStream? turn;
        while ((turn = self.TryLock()) is null)
        {
            if (watch.Elapsed > LongestTurn)
                throw new UserErrorException($"{Path}: another pupil keeps this folder to itself; end it, or choose another folder with --out.");
            Thread.Sleep(20);
        }
        return turn;
    }

    // A process that was killed while it took a comparison in may have left these.
    private static bool IsForeign(string entry) =>
        System.IO.Path.GetFileName(entry) is not (['.', ..] or ComparisonMerge.RecipesFolder);

    private string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);
}
