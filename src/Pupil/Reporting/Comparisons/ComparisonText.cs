using Pupil.Core;
using Pupil.Experiments.Runs;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>A comparison's tables in words and columns, before they become Markdown, LaTeX, a part of a page or a picture on a terminal.</summary>
/// <param name="Title">The comparison's name.</param>
/// <param name="About">What it is for, and how far it is.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Notes">What must be known to read them.</param>
public sealed record ComparisonText(string Title, IReadOnlyList<string> About, IReadOnlyList<TextTable> Tables, IReadOnlyList<TextNote> Notes)
{
    private const double ByChance = 0.05;

    /// <summary>The words and columns of a comparison's table.</summary>
    internal static ComparisonText FromTable(ComparisonTable comparison)
    {
        var published = new PublishedNotes();
        List<TextTable> tables = [];
        int intervals = 0;
        foreach (var recipe in comparison.Recipes)
        {
            foreach (var weights in TableWeights.In(recipe))
            {
                var lines = new TableLines(recipe, weights, comparison.Comparison.Seeds.Count, published);
                tables.Add(lines.Write());
                intervals += lines.Intervals;
            }
        }
        int done = comparison.Cells.Count(state => state.Summary is not null);
        string[] about = [comparison.Comparison.About, Invariant($"{done} of {comparison.Cells.Count} cells are finished.")];
        return new ComparisonText(comparison.Comparison.Name, [.. about.Where(line => line.Length > 0)], tables,
            [.. NotesOf(comparison, intervals).Select(note => new TextNote(note)), .. published.Notes]);
    }

    private static IEnumerable<string> NotesOf(ComparisonTable comparison, int intervals)
    {
        int seeds = comparison.Comparison.Seeds.Count;
        yield return "Test accuracy in percent: mean ± sample deviation over the seeds. − alone and − kd: the difference to the same student "
            + "without a teacher and under plain knowledge distillation in points, seed by seed, ± half the 95 % interval of its mean by Student's "
            + "t; marked where the interval excludes zero.";
        if (intervals > 0)
        {
            double expected = Math.Max(1, Math.Round(ByChance * intervals));
            yield return Invariant($"Of the {intervals} intervals shown about {expected:0} would exclude zero by chance if no row made any ")
                + Invariant($"difference; they rest on {seeds} seeds, so try what matters with more.");
        }
        string machines = comparison.Machines.Count > 0 ? $" These ran on: {string.Join("; ", comparison.Machines)}." : "";
        yield return "Seconds of training and training images a second are means over the seeds, evaluation apart; they compare rows only if "
            + $"these ran on one machine with nothing beside them.{machines}";
        var missing = comparison.Cells.Where(state => state.Summary is null).ToList();
        if (missing.Count > 0)
            yield return $"Missing: {string.Join("; ", missing.Select(state => $"{state.Cell} ({state.Words})"))}.";
    }
}

/// <summary>A table.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">What its columns show; the first is to the left, the others to the right.</param>
/// <param name="Lines">Its lines.</param>
public sealed record TextTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<TextLine> Lines);

/// <summary>A line of a table.</summary>
/// <param name="Cells">One for each column.</param>
/// <param name="IsPart">Whether it belongs to the line above: a network that learnt beside the student.</param>
public sealed record TextLine(IReadOnlyList<TextCell> Cells, bool IsPart);

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsMarked">Whether it is a difference whose interval excludes zero.</param>
public sealed record TextCell(string Text, bool IsMarked = false);

/// <summary>A note under the tables.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Mark">The letter by which cells point to it; empty for one about all of them.</param>
public sealed record TextNote(string Text, string Mark = "");

/// <summary>With which weights students are tested: each has a table of its own.</summary>
/// <param name="Name">What tables call them.</param>
/// <param name="Test">Test accuracy with them.</param>
/// <param name="Difference">The difference between two rows with them.</param>
internal sealed record TableWeights(string Name, Func<RunGroup, Spread?> Test, Func<Differences, PairedDifference?> Difference)
{
    private static readonly TableWeights Last = new("last epoch", group => group.Last, differences => differences.Last);

    private static readonly TableWeights Best = new("best on held-out", group => group.Best, differences => differences.Best);

    /// <summary>Those that a recipe's runs have.</summary>
    public static IEnumerable<TableWeights> In(RecipeTable recipe) =>
        recipe.Rows.Any(row => row.Networks.Any(network => network.Group?.Best is not null)) ? [Last, Best] : [Last];
}
