using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.Experiments.Searching;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>The tables of a search: the candidates of each row by their held-out accuracy.</summary>
internal static class SearchText
{
    /// <summary>Writes the tables and the chosen comparison before the first cell, after each cell, and at the end.</summary>
    /// <param name="folder">The folder of the search.</param>
    /// <param name="events">The events of its comparison.</param>
    /// <returns>The same events; nothing is written until they are enumerated.</returns>
    public static IEnumerable<RunEvent> WriteBeside(ComparisonFolder folder, IEnumerable<RunEvent> events) =>
        ComparisonTable.WriteBeside(() => Write(folder), events);

    /// <summary>Writes <c>search.md</c>, <c>search.csv</c> and, once every row has a result, <c>chosen.json</c>.</summary>
    /// <param name="folder">The folder of the search.</param>
    public static void Write(ComparisonFolder folder)
    {
        var results = SearchResults.FromFolder(folder);
        AtomicFile.WriteText(Path.Combine(folder.Path, "search.md"), MarkdownText.Write(Of(results)));
        AtomicFile.WriteText(Path.Combine(folder.Path, "search.csv"), Numbers(results));
        results.WriteChosen(folder);
    }

    /// <summary>Makes the text of a search.</summary>
    public static ComparisonText Of(SearchResults results)
    {
        int candidates = results.Rows.Sum(row => row.Results.Count), seeds = results.Search.Seeds.Count;
        string[] about =
        [
            .. new[] { results.Search.Comparison.About }.Where(line => line.Length > 0),
            Invariant($"{candidates} combinations of values, {seeds} seed{(seeds == 1 ? "" : "s")}; ")
                + (results.Missing == 0 ? "all cells are finished." : Invariant($"{results.Missing} cells are not finished.")),
        ];
        return new ComparisonText($"{results.Search.Comparison.Name}: search", about,
            [.. results.Rows.Select(row => new TextTable(row.Row.Title ?? row.Row.Name, ["", "held-out %"], [.. Lines(row)]))],
            [
                new("Held-out accuracy or mAP in percent with the best weights of each run: mean ± sample deviation over the seeds. The "
                    + "best values of each row are marked. No student was measured on the test images. The best of several numbers is "
                    + "too high by itself: only the test images tell."),
            ]);
    }

    private static IEnumerable<TextLine> Lines(SearchedRow row) => row.Ranked.Select((result, rank) => new TextLine(
    [
        new(result.Candidate.Words),
        new((result.Score is { } score ? TableLines.Percent(score) : "–")
            + (result.Missing > 0 ? Invariant($" ({result.Missing} cells missing)") : ""), rank == 0 && result.Missing == 0),
    ], false));

    private static string Numbers(SearchResults results) => TableNumbers.Write(
        from row in results.Rows
        from ranked in row.Ranked.Index()
        let result = ranked.Item
        select new (string, object?)[]
        {
            ("row", row.Row.Name), ("values", string.Join("; ", result.Candidate.Values)),
            ("heldout_share_mean", result.Score?.Mean), ("heldout_share_deviation", result.Score?.Deviation),
            ("chosen", ranked.Index == 0 && results.Missing == 0 ? "yes" : "no"),
        });
}
