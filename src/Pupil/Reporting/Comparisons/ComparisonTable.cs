using Pupil.Core;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>The results of a comparison so far: a pure function of its folder.</summary>
/// <param name="Comparison">The comparison.</param>
/// <param name="Recipes">The results, recipe by recipe.</param>
/// <param name="Cells">The states of the cells.</param>
/// <param name="Machines">The machines of the finished cells, each kind once.</param>
internal sealed record ComparisonTable(
    Comparison Comparison, IReadOnlyList<RecipeTable> Recipes, IReadOnlyList<CellState> Cells, IReadOnlyList<string> Machines)
{
    /// <summary>Reads a comparison's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UserErrorException">The folder holds no comparison, a damaged record, or a run of another recipe.</exception>
    public static ComparisonTable FromFolder(ComparisonFolder folder)
    {
        var plan = folder.ReadPlan();
        folder.CheckCells(plan);
        return new ComparisonTableReader(folder, plan).Read();
    }

    /// <summary>
    /// Writes the tables during a comparison: before its first cell, after each cell, and at the end, when other processes may have
    /// finished cells too.
    /// </summary>
    /// <param name="folder">The comparison's folder.</param>
    /// <param name="events">The events of the comparison.</param>
    /// <returns>The same events; nothing is written until they are enumerated.</returns>
    public static IEnumerable<RunEvent> WriteBeside(ComparisonFolder folder, IEnumerable<RunEvent> events) =>
        WriteBeside(() => FromFolder(folder).Write(folder), events);

    /// <summary>Calls for writing as <see cref="WriteBeside(ComparisonFolder, IEnumerable{RunEvent})"/> writes its tables.</summary>
    internal static IEnumerable<RunEvent> WriteBeside(Action write, IEnumerable<RunEvent> events)
    {
        write();
        foreach (var happened in events)
        {
            if (happened is CellFinished or CellFailed or CellStopped)
                write();
            yield return happened;
        }
        write();
    }

    /// <summary>Returns the tables as text, with their notes.</summary>
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
        if (Comparison.Contrasts.Count > 0)
            AtomicFile.WriteText(folder.ContrastsFile, TableNumbers.Contrasts(this));
    }
}

/// <summary>The results of one recipe.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Experts">Its expert; several where rows have others, or other images for the same.</param>
/// <param name="Rows">Its rows, in the comparison's order.</param>
internal sealed record RecipeTable(string Name, IReadOnlyList<TableExpert> Experts, IReadOnlyList<TableRow> Rows)
{
    /// <summary>The name of its scores, <c>accuracy</c> or <c>mAP</c>.</summary>
    public string ScoreName => Rows.SelectMany(row => row.Networks).Select(network => network.Group?.ScoreName).OfType<string>()
        .FirstOrDefault("accuracy");

    /// <summary>The part of the images that its networks were measured on, in words.</summary>
    public string PartName => Rows[0].Settings.Data.MeasuredName;

    /// <summary>The row of the student without a teacher: the one named <c>alone</c>, or else the first one.</summary>
    public TableRow Alone
    {
        get
        {
            var without = Rows.Where(row => row.Settings.Method is SupervisedOptions).ToList();
            return without.Find(row => row.Row.Name == Comparison.Alone) ?? without[0];
        }
    }

    /// <summary>The first row of plain knowledge distillation; null without one.</summary>
    public TableRow? Distillation => Rows.FirstOrDefault(row => row.Settings.Method is KdOptions);
}

/// <summary>An expert of a recipe's rows.</summary>
/// <param name="Network">The network.</param>
/// <param name="Test">Test accuracy or mAP, 0…1, of each expert with this network and the recipe's classes.</param>
/// <param name="Published">Published accuracies of the network alone.</param>
/// <param name="Protocol">The training protocol; null for an expert from a file.</param>
internal sealed record TableExpert(
    RunNetwork Network, IReadOnlyList<double> Test, IReadOnlyList<PublishedNumber> Published, OwnProtocol? Protocol)
{
    /// <summary>The rows that it teaches, if others have an expert of the same network; otherwise none.</summary>
    public IReadOnlyList<TableRow> Rows { get; init; } = [];

    /// <summary>Its test accuracy; null where it has other classes.</summary>
    public Spread? Accuracy => Test.Count == 0 ? null : Spread.OfValues(Test);
}

/// <summary>The results of one row of one recipe.</summary>
/// <param name="Row">The row.</param>
/// <param name="Settings">The recipe of its runs, with one of the seeds.</param>
/// <param name="Runs">Its finished runs.</param>
/// <param name="Networks">Its students, then their companions; a student without a result has no group.</param>
internal sealed record TableRow(ComparisonRow Row, Recipe Settings, IReadOnlyList<RunSummary> Runs, IReadOnlyList<TableNetwork> Networks)
{
    /// <summary>The row's name in tables.</summary>
    public string Title => Row.Title ?? (Row.Name == Comparison.Alone ? "student alone" : Row.Name);

    /// <summary>The names of its students.</summary>
    public IEnumerable<string> Students => Settings.Students.Select(student => student.Name);

    /// <summary>Returns the results of a student by its name; null without a finished run.</summary>
    public RunGroup? GroupOf(string student) => Networks.FirstOrDefault(network => network.IsStudent && network.Name == student)?.Group;
}

/// <summary>The results of one network of a row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsStudent">Whether it is a student and not a companion.</param>
/// <param name="Group">The results of its finished runs; null without any.</param>
/// <param name="Published">Published accuracies for the same data set, pair and method.</param>
internal sealed record TableNetwork(string Name, bool IsStudent, RunGroup? Group, IReadOnlyList<PublishedNumber> Published)
{
    /// <summary>Returns its training protocol; null without a result.</summary>
    /// <param name="settings">The recipe of its runs.</param>
    public OwnProtocol? ProtocolBy(Recipe settings) => Group is null ? null
        : new OwnProtocol(Group.Runs[0].Images.Train, Group.Runs.Max(run => run.Epochs), settings.Training.BatchSize);
}

/// <summary>The training protocol of a network, as far as published tables state theirs.</summary>
/// <param name="TrainImages">Training images.</param>
/// <param name="Epochs">Epochs.</param>
/// <param name="BatchSize">Images in a batch.</param>
internal sealed record OwnProtocol(int TrainImages, int Epochs, int BatchSize);
