namespace Pupil.Reporting.Statistics;

/// <summary>
/// The correction for several differences at once (Holm 1979). If none of them is real, at least one is marked in at most 5 % of the cases.
/// </summary>
internal static class Holm
{
    /// <summary>Returns the differences with their adjusted probabilities, in the same order; one without a test stays as it is.</summary>
    /// <param name="differences">The differences.</param>
    /// <param name="family">The number of differences that are planned, if some have no result yet; 0: those that have a test.</param>
    public static IReadOnlyList<MeanDifference> Adjust(IReadOnlyList<MeanDifference> differences, int family = 0)
    {
        int[] tested = [.. Enumerable.Range(0, differences.Count).Where(index => differences[index].Test is not null)
            .OrderBy(index => differences[index].Test!.Probability)];
        MeanDifference[] adjusted = [.. differences];
        double largest = 0;
        foreach (var (rank, index) in tested.Index())
        {
            largest = Math.Max(largest, Math.Min(1, (Math.Max(family, tested.Length) - rank) * differences[index].Test!.Probability));
            adjusted[index] = differences[index] with { Adjusted = largest };
        }
        return adjusted;
    }
}
