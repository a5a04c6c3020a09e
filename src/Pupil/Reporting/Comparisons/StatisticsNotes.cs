using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>The notes that say how the intervals of a comparison are computed, and what they can show.</summary>
internal static class StatisticsNotes
{
    /// <summary>Returns the notes; one, where there is no interval.</summary>
    /// <param name="statistics">The statistics.</param>
    /// <param name="seeds">The number of seeds that every row should have.</param>
    public static IEnumerable<string> Of(ComparisonStatistics statistics, int seeds)
    {
        var pooled = statistics.Tables.Where(table => table.Pooled is not null).ToList();
        if (pooled.Count == 0)
        {
            yield return "There is no interval, because no row has two runs with different scores: repeat the comparison with more seeds.";
            yield break;
        }
        int named = statistics.Contrasts.Count(result => !result.Contrast.Exploratory);
        if (named > 0)
        {
            yield return (named == 1 ? "One contrast was" : Invariant($"{named} contrasts were"))
                + " named before the first result of this comparison; one is marked where Holm's correction for their number leaves p "
                + "below 5 %.";
        }
        if (statistics.Contrasts.Count > named)
            yield return "Exploratory contrasts were named after results were seen; their p is not corrected, and they are not marked.";
        yield return Invariant($"The tables of rows show {statistics.Intervals} intervals, each for one difference alone. These are ")
            + "exploratory: one is marked where Holm's correction for all of them leaves p below 5 %. If rows of one deviation made no "
            + "difference, one or more would be marked in at most 5 % of such comparisons.";
        foreach (var table in pooled)
        {
            string name = statistics.Tables.Count > 1 ? $"{table.Recipe.Name}, {table.Weights.Name}: " : "";
            yield return name + Deviation(table, seeds, named);
        }
    }

    private static string Deviation(TableStatistics table, int seeds, int named)
    {
        var pooled = table.Pooled!;
        string without = pooled.HasBlocks ? " without what a seed adds to all rows" : "";
        string found = Invariant($"the deviation from seed to seed{without}, pooled over the rows, is ")
            + Invariant($"{100 * pooled.Deviation:0.00} points (")
            + Invariant($"{pooled.Degrees} degrees of freedom; equal deviations by Bartlett's test: p {Number(pooled.Equality)}). ");
        if (!pooled.IsShared)
        {
            return found + "The rows' deviations may differ, so each interval has those of its two rows "
                + (pooled.HasBlocks ? "(their differences seed by seed, Student's t)." : "(Welch's test).");
        }
        string corrected = named > 1
            ? Invariant($", and one of {100 * pooled.Smallest(seeds, named):0.00} points in a contrast with Holm's correction") : "";
        return found + Invariant($"Between two rows of {seeds} seeds, a true difference of {100 * pooled.Smallest(seeds):0.00} points ")
            + $"has an interval without zero in four of five comparisons{corrected}.";
    }

    private static string Number(double probability) => ContrastLines.Probability(probability);
}
