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
    /// <summary>Makes the text of a comparison's table.</summary>
    public static ComparisonText FromTable(ComparisonTable comparison)
    {
        var published = new PublishedNotes();
        var statistics = ComparisonStatistics.Of(comparison);
        int seeds = comparison.Comparison.Seeds.Count;
        TextTable[] tables =
        [
            .. ContrastLines.Write(statistics.Contrasts),
            .. statistics.Tables.Select(table => new TableLines(table, seeds, published).Write()),
        ];
        int done = comparison.Cells.Count(state => state.Summary is not null);
        string[] about = [comparison.Comparison.About, Invariant($"{done} of {comparison.Cells.Count} cells are finished.")];
        return new ComparisonText(comparison.Comparison.Name, [.. about.Where(line => line.Length > 0)], tables,
            [.. NotesOf(comparison, statistics).Select(note => new TextNote(note)), .. published.Notes]);
    }

    private static IEnumerable<string> NotesOf(ComparisonTable comparison, ComparisonStatistics statistics)
    {
        string[] scores = [.. comparison.Recipes.Select(recipe => recipe.ScoreName).Distinct()];
        string mean = scores.Contains("mAP") ? " (mAP: the mean over the classes of the average precision)" : "";
        string part = comparison.Recipes.Any(recipe => recipe.PartName == "test") ? "Test" : "Held-out";
        yield return $"{part} {string.Join(" or ", scores)} in percent{mean}: mean ± sample deviation over the seeds. "
            + "− alone and − kd: the difference of the means to the same student without a teacher and under plain knowledge "
            + "distillation, in percentage points, ± half its 95 % interval.";
        foreach (string note in StatisticsNotes.Of(statistics, comparison.Comparison.Seeds.Count))
            yield return note;
        foreach (string note in SeedNotes.Of(comparison))
            yield return note;
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
/// <param name="IsMarked">Whether it is a difference whose corrected probability is below 5 %.</param>
internal sealed record TextCell(string Text, bool IsMarked = false);

/// <summary>A note under the tables.</summary>
/// <param name="Text">The text.</param>
/// <param name="Mark">The letter that cells refer to; empty for a general note.</param>
internal sealed record TextNote(string Text, string Mark = "");
