using Pupil.Core;
using Pupil.Experiments.Runs;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>A comparison's tables as text, from which Markdown, LaTeX, a part of a page or the terminal's output are made.</summary>
/// <param name="Title">The comparison's name.</param>
/// <param name="About">Its purpose, and the number of finished cells.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Notes">The notes under the tables.</param>
internal sealed record ComparisonText(
    string Title, IReadOnlyList<string> About, IReadOnlyList<TextTable> Tables, IReadOnlyList<TextNote> Notes)
{
    private const double ByChance = 0.05;

    /// <summary>Makes the text of a comparison's table.</summary>
    public static ComparisonText FromTable(ComparisonTable comparison)
    {
        var published = new PublishedNotes();
        List<TextTable> tables = [];
        int intervals = 0;
        foreach (var recipe in comparison.Recipes)
        {
            foreach (var weights in TableWeights.OfRecipe(recipe))
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
        string[] scores = [.. comparison.Recipes.Select(recipe => recipe.ScoreName).Distinct()];
        string mean = scores.Contains("mAP") ? " (mAP: the mean over the classes of the average precision)" : "";
        yield return $"Test {string.Join(" or ", scores)} in percent{mean}: mean ± sample deviation over the seeds. − alone and − kd: "
            + "the difference to the same student without a teacher and under plain knowledge distillation, in percentage points. It is "
            + "the mean over paired seeds ± half its 95 % interval by Student's t, and is marked where the interval excludes zero.";
        if (intervals > 0)
        {
            double expected = Math.Max(1, Math.Round(ByChance * intervals));
            yield return Invariant($"Of the {intervals} intervals shown, about {expected:0} would exclude zero by chance if no row made ")
                + Invariant($"any difference. The intervals are over {seeds} seeds; repeat important comparisons with more.");
        }
        string machines = comparison.Machines.Count > 0 ? $" Machines: {string.Join("; ", comparison.Machines)}." : "";
        yield return "Seconds of training (without evaluation) and training images a second are means over the seeds. Work that cells in "
            + "lock-step share counts for each of them. The numbers are comparable only between runs on one machine without other load."
            + machines;
        var missing = comparison.Cells.Where(state => state.Summary is null).ToList();
        if (missing.Count > 0)
            yield return $"Missing: {string.Join("; ", missing.Select(state => $"{state.Cell} ({state.Words})"))}.";
    }
}

/// <summary>A table.</summary>
/// <param name="Title">The title.</param>
/// <param name="Columns">The column titles; the first column is aligned to the left, the others to the right.</param>
/// <param name="Lines">The lines.</param>
internal sealed record TextTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<TextLine> Lines);

/// <summary>A line of a table.</summary>
/// <param name="Cells">The cells, one for each column.</param>
/// <param name="IsPart">Whether it belongs to the line above, as the line of a companion does.</param>
internal sealed record TextLine(IReadOnlyList<TextCell> Cells, bool IsPart);

/// <summary>A cell of a table.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsMarked">Whether it is a difference whose interval excludes zero.</param>
internal sealed record TextCell(string Text, bool IsMarked = false);

/// <summary>A note under the tables.</summary>
/// <param name="Text">The text.</param>
/// <param name="Mark">The letter that cells refer to; empty for a general note.</param>
internal sealed record TextNote(string Text, string Mark = "");

/// <summary>The weights that are tested, last or best; each kind has its own table.</summary>
/// <param name="Name">Their name in tables.</param>
/// <param name="Test">Selects the test accuracy with these weights.</param>
/// <param name="Difference">Selects the difference between two rows with these weights.</param>
internal sealed record TableWeights(string Name, Func<RunGroup, Spread?> Test, Func<Differences, PairedDifference?> Difference)
{
    private static readonly TableWeights Last = new("last epoch", group => group.Last, differences => differences.Last);

    private static readonly TableWeights Best = new("best on held-out", group => group.Best, differences => differences.Best);

    /// <summary>Returns the kinds of weights that a recipe's runs have.</summary>
    public static IEnumerable<TableWeights> OfRecipe(RecipeTable recipe) =>
        recipe.Rows.Any(row => row.Networks.Any(network => network.Group?.Best is not null)) ? [Last, Best] : [Last];
}
