using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Settings;

namespace Pupil.Experiments.Searching;

/// <summary>The results of a search so far: a pure function of its folder.</summary>
/// <param name="Search">The search.</param>
/// <param name="Recipe">The name of its recipe.</param>
/// <param name="Rows">The rows with their candidates, the best first.</param>
/// <param name="Missing">The number of unfinished cells.</param>
internal sealed record SearchResults(Search Search, string Recipe, IReadOnlyList<SearchedRow> Rows, int Missing)
{
    /// <summary>Reads a search's folder.</summary>
    /// <exception cref="UserErrorException">The folder holds a damaged record.</exception>
    public static SearchResults FromFolder(ComparisonFolder folder)
    {
        var search = Search.Read(folder);
        var plan = folder.ReadPlan();
        folder.CheckCells(plan);
        var states = plan.Cells.ToLookup(cell => cell.Row.Name, folder.StateOf);
        SearchedRow[] rows = [.. search.Candidates.GroupBy(search.RowOf).Select(same =>
            new SearchedRow(same.Key, [.. same.Select(candidate => Of(candidate, states[candidate.Name]))]))];
        return new(search, plan.Recipes[0].Name, rows, rows.Sum(row => row.Ranked.Sum(result => result.Missing)));
    }

    /// <summary>
    /// The comparison with the best values of each row; null while a cell has no result. Its recipe lies in the folder of the search.
    /// </summary>
    public Comparison? Chosen => Missing > 0 ? null : Search.Comparison with
    {
        Name = Search.NameWith("chosen"),
        Recipes = [ComparisonMerge.PlaceOf(Recipe)],
        Rows = [.. Rows.Select(row => row.Ranked[0].Candidate.ChosenFor(row.Row))],
    };

    /// <summary>Writes the comparison with the chosen values, or removes it while there is none.</summary>
    /// <param name="folder">The folder of the search.</param>
    public void WriteChosen(ComparisonFolder folder)
    {
        if (Chosen is { } chosen)
            AtomicFile.WriteText(ChosenFile(folder), SettingsWriter.Write(chosen));
        else
            File.Delete(ChosenFile(folder));
    }

    /// <summary>The file of the comparison with the chosen values.</summary>
    public static string ChosenFile(ComparisonFolder folder) => Path.Combine(folder.Path, "chosen.json");

    private static SearchResult Of(SearchCandidate candidate, IEnumerable<CellState> states)
    {
        var cells = states.ToList();
        double[] scores = [.. cells.Select(state => state.Summary).OfType<RunSummary>().Select(Score)];
        return new(candidate, scores.Length == 0 ? null : Spread.OfValues(scores), cells.Count - scores.Length);
    }

    // Of the students with the weights that are best on the held-out images.
    private static double Score(RunSummary run) => run.Networks.Where(result => result.Network.Role == NetworkRole.Student)
        .Average(result => (result.Best ?? result.Last).HeldOut!.Score);
}

/// <summary>A row of a search.</summary>
/// <param name="Row">The row.</param>
/// <param name="Results">Its candidates, in the order of their values.</param>
internal sealed record SearchedRow(ComparisonRow Row, IReadOnlyList<SearchResult> Results)
{
    /// <summary>The candidates: those with all seeds first, of these the best first.</summary>
    public IReadOnlyList<SearchResult> Ranked { get; } =
        [.. Results.OrderBy(result => result.Missing > 0).ThenByDescending(result => result.Score?.Mean ?? double.NegativeInfinity)];
}

/// <summary>The result of a candidate.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Score">Held-out accuracy or mAP, 0…1, over the finished seeds; null without any.</param>
/// <param name="Missing">The number of unfinished cells.</param>
internal sealed record SearchResult(SearchCandidate Candidate, Spread? Score, int Missing);
