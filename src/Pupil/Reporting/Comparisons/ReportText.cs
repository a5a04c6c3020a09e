using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>Puts a report into words and columns.</summary>
internal static class ReportText
{
    /// <summary>The report in words and columns.</summary>
    public static ComparisonText Of(ComparisonReport report)
    {
        var published = new PublishedNotes();
        List<TextTable> tables = [];
        int intervals = 0;
        foreach (var recipe in report.Recipes)
        {
            foreach (var weights in ReportWeights.In(recipe))
            {
                var table = new ReportTable(recipe, weights, report.Comparison.Seeds.Count, published);
                tables.Add(table.Write());
                intervals += table.Intervals;
            }
        }
        int done = report.Cells.Count(state => state.Summary is not null);
        string[] about = [report.Comparison.About, Invariant($"{done} of {report.Cells.Count} cells are finished.")];
        return new ComparisonText(report.Comparison.Name, [.. about.Where(line => line.Length > 0)], tables,
            [.. ReportNotes.Of(report, intervals).Select(note => new TextNote(note)), .. published.Notes]);
    }
}
