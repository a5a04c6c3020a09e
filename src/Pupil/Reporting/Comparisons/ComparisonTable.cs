using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>What came out of a comparison so far: a pure function of its folder.</summary>
/// <param name="Comparison">What is compared.</param>
/// <param name="Recipes">What came out, recipe by recipe.</param>
/// <param name="Cells">How far each cell is.</param>
/// <param name="Machines">What the finished cells ran on, each kind once.</param>
internal sealed record ComparisonTable(
    Comparison Comparison, IReadOnlyList<RecipeTable> Recipes, IReadOnlyList<CellState> Cells, IReadOnlyList<string> Machines)
{
    /// <summary>Reads a comparison's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UserErrorException">It holds no comparison, a damaged record, or a cell that was run by another recipe.</exception>
    public static ComparisonTable FromFolder(ComparisonFolder folder)
    {
        var plan = folder.ReadPlan();
        folder.CheckCells(plan);
        return new ComparisonTableReader(folder, plan).Read();
    }

    /// <summary>
    /// Writes the tables while a comparison goes: before its first cell, after each, and at the end, when other processes may have finished cells too.
    /// </summary>
    /// <param name="folder">The comparison's folder.</param>
    /// <param name="events">What its job tells.</param>
    /// <returns>The same events; nothing happens until they are read.</returns>
    public static IEnumerable<RunEvent> WriteBeside(ComparisonFolder folder, IEnumerable<RunEvent> events)
    {
        FromFolder(folder).Write(folder);
        foreach (var happened in events)
        {
            if (happened is CellFinished or CellFailed or CellStopped)
                FromFolder(folder).Write(folder);
            yield return happened;
        }
        FromFolder(folder).Write(folder);
    }

    /// <summary>The tables in words and columns, with their notes.</summary>
    public ComparisonText ToText() => ComparisonText.FromTable(this);

    /// <summary>Writes the tables into the comparison's folder: Markdown, LaTeX, and the numbers as CSV.</summary>
    /// <param name="folder">The folder.</param>
    public void Write(ComparisonFolder folder)
    {
        var text = ToText();
        AtomicFile.WriteText(folder.MarkdownFile, MarkdownText.Write(text));
        AtomicFile.WriteText(folder.LatexFile, LatexText.Write(text));
        AtomicFile.WriteText(folder.RowsFile, TableNumbers.Rows(this));
        AtomicFile.WriteText(folder.CellsFile, TableNumbers.Cells(this));
    }
}

/// <summary>What came out for one recipe.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Experts">Its expert; several where rows have others.</param>
/// <param name="Rows">Its rows, in the comparison's order.</param>
internal sealed record RecipeTable(string Name, IReadOnlyList<TableExpert> Experts, IReadOnlyList<TableRow> Rows);

/// <summary>An expert that taught.</summary>
/// <param name="Network">The network.</param>
/// <param name="Test">Test accuracy of each expert of that network that knows the classes, 0…1.</param>
/// <param name="Published">What others published of the network alone.</param>
/// <param name="Protocol">How it was trained; null where it was given as a file.</param>
public sealed record TableExpert(
    RunNetwork Network, IReadOnlyList<double> Test, IReadOnlyList<PublishedNumber> Published, OwnProtocol? Protocol)
{
    /// <summary>Its test accuracy; null where it knows other classes.</summary>
    public Spread? Accuracy => Test.Count == 0 ? null : Spread.OfValues(Test);
}

/// <summary>What came out for one row of one recipe.</summary>
/// <param name="Row">The row.</param>
/// <param name="Settings">The recipe of its runs, with one of the seeds.</param>
/// <param name="Runs">Its finished runs.</param>
/// <param name="Networks">Its students, then the companions that learnt beside them; a student without a result has no group.</param>
internal sealed record TableRow(ComparisonRow Row, Recipe Settings, IReadOnlyList<RunSummary> Runs, IReadOnlyList<TableNetwork> Networks)
{
    /// <summary>What tables call it.</summary>
    public string Title => Row.Title ?? (Row.Name == Comparison.Alone ? "student alone" : Row.Name);
}

/// <summary>What came out for one network of a row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsStudent">Whether it is a student, and no companion.</param>
/// <param name="Group">What its finished runs say; null without any.</param>
/// <param name="ToAlone">How far it is from the student alone; null for that one, for companions, and without common seeds.</param>
/// <param name="ToDistillation">How far it is from the same student under plain knowledge distillation (<c>kd</c>), likewise.</param>
/// <param name="Published">What others published of the same data set, pair and method.</param>
internal sealed record TableNetwork(
    string Name, bool IsStudent, RunGroup? Group, Differences ToAlone, Differences ToDistillation, IReadOnlyList<PublishedNumber> Published)
{
    /// <summary>By what it was trained; null without a result.</summary>
    /// <param name="settings">The recipe of its runs.</param>
    public OwnProtocol? ProtocolBy(Recipe settings) =>
        Group is null ? null : new OwnProtocol(Group.Runs[0].Images.Train, settings.Training.Epochs, settings.Training.BatchSize);
}

/// <summary>By what a network of ours was trained, as far as published numbers tell the same.</summary>
/// <param name="TrainImages">Training images.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="BatchSize">Images in a step.</param>
public sealed record OwnProtocol(int TrainImages, int Epochs, int BatchSize);
