using MathNet.Numerics.Distributions;
using Pupil.Core;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>
/// How far apart two rows are, seed by seed: runs of one seed start alike and see the same batches, so that their difference varies less.
/// </summary>
/// <param name="Count">How many seeds both have.</param>
/// <param name="Mean">The mean difference, one less the other.</param>
/// <param name="StandardError">The standard error of that mean; null for a single seed.</param>
/// <param name="HalfWidth">
/// Half the width of the 95 % interval of the mean by Student's t with one degree of freedom less than seeds; null for a single seed, and
/// where all differences are equal: those say nothing about chance.
/// </param>
public sealed record PairedDifference(int Count, double Mean, double? StandardError, double? HalfWidth)
{
    private const double Confidence = 0.95;

    // Equal shares of images may differ by rounding.
    private const double Rounding = 1e-12;

    /// <summary>Whether the interval excludes zero.</summary>
    public bool ExcludesZero => HalfWidth is double half && Math.Abs(Mean) > half;

    /// <summary>Of two rows' values by seed; null if they have no seed in common.</summary>
    /// <param name="row">One.</param>
    /// <param name="baseline">What it is measured against.</param>
    public static PairedDifference? Between(IReadOnlyDictionary<int, double> row, IReadOnlyDictionary<int, double> baseline)
    {
        var differences = row.Keys.Where(baseline.ContainsKey).Order().Select(seed => row[seed] - baseline[seed]).ToList();
        return differences.Count == 0 ? null : OfDifferences(differences);
    }

    /// <summary>Of at least one difference.</summary>
    public static PairedDifference OfDifferences(IReadOnlyList<double> differences)
    {
        var (mean, deviation) = Spread.OfValues(differences);
        int count = differences.Count;
        if (deviation is not double found)
            return new PairedDifference(count, mean, null, null);
        double error = found / Math.Sqrt(count);
        double quantile = StudentT.InvCDF(0, 1, count - 1, 0.5 + Confidence / 2);
        return new PairedDifference(count, mean, error, found > Rounding ? quantile * error : null);
    }
}

/// <summary>How far a student is from that of another row.</summary>
/// <param name="Last">With the weights of the last epoch; null without common seeds.</param>
/// <param name="Best">With the held-out-best weights; null where nothing was held out.</param>
internal sealed record Differences(PairedDifference? Last, PairedDifference? Best)
{
    /// <summary>Nothing to measure against.</summary>
    public static Differences None { get; } = new(null, null);

    /// <summary>Of two groups.</summary>
    /// <param name="row">One; null: there is none.</param>
    /// <param name="baseline">What it is measured against; null: there is none.</param>
    public static Differences Between(RunGroup? row, RunGroup? baseline) => row is null || baseline is null ? None : new(
        PairedDifference.Between(row.LastBySeed, baseline.LastBySeed),
        row.BestBySeed is { } best && baseline.BestBySeed is { } other ? PairedDifference.Between(best, other) : null);
}
