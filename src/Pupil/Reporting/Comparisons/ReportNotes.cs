using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>What must be known to read a report's tables.</summary>
internal static class ReportNotes
{
    private const double ByChance = 0.05;

    /// <summary>The notes.</summary>
    /// <param name="report">The report.</param>
    /// <param name="intervals">How many intervals its tables show.</param>
    public static IEnumerable<string> Of(ComparisonReport report, int intervals)
    {
        int seeds = report.Comparison.Seeds.Count;
        yield return "Test accuracy in percent: mean ± sample deviation over the seeds. − alone and − kd: the difference to the same student "
            + "without a teacher and under plain knowledge distillation in points, seed by seed, ± half the 95 % interval of its mean by Student's "
            + "t; marked where the interval excludes zero.";
        if (intervals > 0)
        {
            double expected = Math.Max(1, Math.Round(ByChance * intervals));
            yield return Invariant($"Of the {intervals} intervals shown about {expected:0} would exclude zero by chance if no row made any ")
                + Invariant($"difference; they rest on {seeds} seeds, so try what matters with more.");
        }
        string machines = report.Machines.Count > 0 ? $" These ran on: {string.Join("; ", report.Machines)}." : "";
        yield return "Seconds of training and training images a second are means over the seeds, evaluation apart; they compare rows only if "
            + $"these ran on one machine with nothing beside them.{machines}";
        var missing = report.Cells.Where(state => state.Summary is null).ToList();
        if (missing.Count > 0)
            yield return $"Missing: {string.Join("; ", missing.Select(state => $"{state.Cell} ({state.Words})"))}.";
    }
}
