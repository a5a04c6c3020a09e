using Pupil.Core;
using Pupil.Reporting.Statistics;
using Pupil.Training;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>Writes one recipe's table with one kind of weights: the student alone, the expert, then all other rows.</summary>
/// <param name="statistics">The recipe, the kind of weights, and the differences.</param>
/// <param name="seeds">The number of seeds that every row should have.</param>
/// <param name="published">Collects the notes of published numbers.</param>
internal sealed class TableLines(TableStatistics statistics, int seeds, PublishedNotes published)
{
    private const string Nothing = "–";

    private readonly RecipeTable _recipe = statistics.Recipe;
    private readonly bool _hasDistillation = statistics.Recipe.Distillation is not null;
    private readonly bool _hasPublished = statistics.Recipe.Rows.Any(row => row.Networks.Any(network => network.Published.Count > 0))
        || statistics.Recipe.Experts.Any(expert => expert.Published.Count > 0);

    /// <summary>Writes the table.</summary>
    public TextTable Write()
    {
        var lines = new List<TextLine>();
        foreach (var row in _recipe.Rows)
        {
            lines.AddRange(row.Networks.Select(network => new TextLine([.. Cells(row, network)], !network.IsStudent)));
            if (row == _recipe.Alone)
                lines.AddRange(_recipe.Experts.Select(expert => new TextLine([.. Cells(expert)], false)));
        }
        return new TextTable($"{TableLabels.Name(_recipe)}: {statistics.Weights.Name}",
        [
            "", "seeds", _recipe.ScoreName == "accuracy" ? $"{_recipe.PartName} %" : $"{_recipe.PartName} {_recipe.ScoreName}, %",
            "− alone",
            .. _hasDistillation ? ["− kd"] : Array.Empty<string>(),
            "seconds", "images/s",
            .. _hasPublished ? ["published %"] : Array.Empty<string>(),
        ], lines);
    }

    private IEnumerable<TextCell> Cells(TableRow row, TableNetwork network)
    {
        var spread = network.Group is { } found && statistics.Weights.Scores(found) is { } scores ? Spread.OfValues(scores) : null;
        yield return new TextCell(TableLabels.Name(row, network, _recipe.Rows[0]));
        string done = row.Runs.Count == seeds ? Invariant($"{seeds}") : Invariant($"{row.Runs.Count} of {seeds}");
        yield return new TextCell(network.IsStudent ? done : "");
        yield return new TextCell(spread is null ? Nothing : Percent(spread));
        yield return Cell(row, network, Baseline.Alone);
        if (_hasDistillation)
            yield return Cell(row, network, Baseline.Distillation);
        // The cost of a run is written once, with its student.
        var cost = network.IsStudent ? network.Group : null;
        yield return new TextCell(cost is null ? "" : Invariant($"{cost.Seconds.Mean:0.#}"));
        yield return new TextCell(cost is null ? "" : Invariant($"{cost.ImagesPerSecond.Mean:0}"));
        if (_hasPublished)
            yield return published.Cell(network.Published, network.ProtocolBy(row.Settings));
    }

    private IEnumerable<TextCell> Cells(TableExpert expert)
    {
        string rows = string.Join("; ", expert.Rows.Select(row => row.Title));
        yield return new TextCell($"expert ({expert.Network.Architecture}){(rows.Length > 0 ? $" of: {rows}" : "")}");
        yield return new TextCell("");
        yield return new TextCell(expert.Accuracy is { } spread ? Percent(spread) : Nothing);
        for (int i = 0; i < (_hasDistillation ? 4 : 3); i++)
            yield return new TextCell("");
        if (_hasPublished)
            yield return published.Cell(expert.Published, expert.Protocol);
    }

    private TextCell Cell(TableRow row, TableNetwork network, Baseline baseline) => !network.IsStudent ? new TextCell("")
        : statistics.Differences.GetValueOrDefault(new(row.Row.Name, network.Name, baseline)) is { } difference
            ? new TextCell(Points(difference), difference.IsMarked)
            : new TextCell(Nothing);

    /// <summary>Returns a difference in percentage points, with half its interval.</summary>
    public static string Points(MeanDifference difference) => Invariant($"{100 * difference.Mean:+0.00;−0.00;0.00}")
        + (difference.Test is { } test ? Invariant($" ± {100 * test.HalfWidth:0.00}") : "");

    /// <summary>Returns a score in percent, with its sample deviation.</summary>
    public static string Percent(Spread spread) =>
        Invariant($"{100 * spread.Mean:0.00}{(spread.Deviation is double deviation ? Invariant($" ± {100 * deviation:0.00}") : "")}");
}

/// <summary>The names of recipes, rows and networks in tables. A label names only what differs from the title.</summary>
internal static class TableLabels
{
    /// <summary>Returns the title of a recipe's table: its data, its student, its training.</summary>
    public static string Name(RecipeTable recipe)
    {
        var settings = recipe.Rows[0].Settings;
        string architecture = settings.Students[0].Network.Architecture;
        var run = recipe.Rows.SelectMany(row => row.Runs).FirstOrDefault();
        var student = run?.Networks.FirstOrDefault(result => result.Network.Architecture == architecture)?.Network;
        string cost = student is null ? ""
            : Invariant($" ({student.Cost.Parameters:N0} parameters, {student.Cost.MultiplyAdds:N0} multiply-adds an image)");
        string images = run is null ? "" : Invariant($" of {run.Images.Train:N0} images");
        string data = run is null ? "" : $"{run.Data}, ";
        return $"{recipe.Name}: {data}student {architecture}{cost}, {Epochs(settings.Training)}{images}, "
            + Invariant($"batch {settings.Training.BatchSize}");
    }

    /// <summary>Returns the label of a network of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="network">The network.</param>
    /// <param name="first">The recipe's first row, whose settings are in the title.</param>
    public static string Name(TableRow row, TableNetwork network, TableRow first)
    {
        if (!network.IsStudent)
            return $"{network.Name} ({network.Group?.Network.Architecture})";
        var (own, usual) = (row.Settings, first.Settings);
        string architecture = own.Students.First(student => student.Name == network.Name).Network.Architecture;
        return row.Title + (own.Students.Count > 1 ? $": {network.Name}" : "")
            + (architecture == usual.Students[0].Network.Architecture ? "" : $" ({architecture})")
            + (Epochs(own.Training) == Epochs(usual.Training) ? "" : $", {Epochs(own.Training)}")
            + (own.Training.BatchSize == usual.Training.BatchSize ? "" : Invariant($", batch {own.Training.BatchSize}"));
    }

    /// <summary>Returns the length of a training.</summary>
    public static string Epochs(TrainingOptions training) => (training.EarlyStopping is null ? "" : "at most ")
        + (training.Epochs == 1 ? "1 epoch" : Invariant($"{training.Epochs} epochs"));
}
