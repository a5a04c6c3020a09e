using MathNet.Numerics.Distributions;
using Pupil.Core;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>
/// The difference between two rows, paired by seed. Runs of one seed start with the same weights and batches, so that their difference
/// varies less.
/// </summary>
/// <param name="Count">The number of common seeds.</param>
/// <param name="Mean">The mean of the row less the baseline.</param>
/// <param name="StandardError">The standard error of the mean; null for one seed.</param>
/// <param name="HalfWidth">
/// Half the width of the 95 % interval of the mean by Student's t with one degree of freedom less than seeds. Null for one seed, and
/// where all differences are equal, from which no variance can be estimated.
/// </param>
internal sealed record PairedDifference(int Count, double Mean, double? StandardError, double? HalfWidth)
{
    private const double Confidence = 0.95;

    // Equal shares of images may differ by rounding errors.
    private const double Rounding = 1e-12;

    /// <summary>Whether the interval excludes zero.</summary>
    public bool ExcludesZero => HalfWidth is double half && Math.Abs(Mean) > half;

    /// <summary>Returns the difference between two rows' values by seed; null if they have no seed in common.</summary>
    /// <param name="row">The row.</param>
    /// <param name="baseline">The row that is subtracted.</param>
    public static PairedDifference? Between(IReadOnlyDictionary<int, double> row, IReadOnlyDictionary<int, double> baseline)
    {
        var differences = row.Keys.Where(baseline.ContainsKey).Order().Select(seed => row[seed] - baseline[seed]).ToList();
        return differences.Count == 0 ? null : OfDifferences(differences);
    }

    /// <summary>Summarises at least one difference.</summary>
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

/// <summary>The differences between a student and that of another row.</summary>
/// <param name="Last">With the weights of the last epoch; null without common seeds.</param>
/// <param name="Best">With the weights that are best on the held-out images; null where nothing is held out.</param>
internal sealed record Differences(PairedDifference? Last, PairedDifference? Best)
{
    /// <summary>No differences.</summary>
    public static Differences None { get; } = new(null, null);

    /// <summary>Returns the differences between two groups.</summary>
    /// <param name="row">The row; null if there is none.</param>
    /// <param name="baseline">The row that is subtracted; null if there is none.</param>
    public static Differences Between(RunGroup? row, RunGroup? baseline) => row is null || baseline is null ? None : new(
        PairedDifference.Between(row.LastBySeed, baseline.LastBySeed),
        row.BestBySeed is { } best && baseline.BestBySeed is { } other ? PairedDifference.Between(best, other) : null);
}
