using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Reporting.Statistics;

/// <summary>
/// The deviation of a score from seed to seed, pooled over the rows of one setting, since the few runs of one row say little about it.
/// Where the seeds draw the images, all rows of a seed have the same ones: what a seed adds to all its rows is then taken out of the
/// deviation (a randomised block design), because it is in no difference of two rows.
/// </summary>
/// <param name="Deviation">The pooled sample deviation; more than 0.</param>
/// <param name="Degrees">
/// Its degrees of freedom: the sum over the rows of the number of runs less one; with blocks, (rows − 1)·(seeds − 1).
/// </param>
/// <param name="Equality">
/// The probability that rows of equal deviations differ in their sample deviations as much as these or more (Bartlett 1937); 1 for fewer
/// than two rows.
/// </param>
internal sealed record PooledDeviation(double Deviation, int Degrees, double Equality)
{
    /// <summary>The confidence of intervals.</summary>
    public const double Confidence = 0.95;

    // Preliminary tests of variances need a level well above 5 % (Bancroft 1964), since with three seeds they find little.
    private const double Level = 0.25;

    // The share of comparisons in which the smallest difference is seen.
    private const double Power = 0.8;

    /// <summary>Equal shares of images may differ by rounding errors.</summary>
    public const double Rounding = 1e-12;

    /// <summary>Whether the deviation is that within blocks: all rows have one run for each seed, in the same order.</summary>
    public bool HasBlocks { get; init; }

    /// <summary>Whether the rows have one deviation, as far as their runs say. Otherwise each pair needs its own (Welch 1947).</summary>
    public bool IsShared => Equality >= Level;

    /// <summary>Pools the deviations of independent runs; null where no row has two runs with different scores.</summary>
    /// <param name="rows">The scores of each row's runs.</param>
    public static PooledDeviation? Of(IEnumerable<IReadOnlyList<double>> rows)
    {
        var variances = rows.Where(row => row.Count > 1)
            .Select(row => ((double)(row.Count - 1), Math.Pow(Spread.OfValues(row).Deviation!.Value, 2))).ToList();
        return Of(variances, hasBlocks: false);
    }

    /// <summary>Pools the deviations of rows whose runs of one seed share images; null for fewer than two rows or seeds.</summary>
    /// <param name="rows">The scores of each row's runs, of the same seeds in the same order.</param>
    public static PooledDeviation? OfBlocks(IReadOnlyList<IReadOnlyList<double>> rows)
    {
        if (rows.Count < 2 || rows[0].Count < 2)
            return null;
        int seeds = rows[0].Count;
        double[] blocks = [.. Enumerable.Range(0, seeds).Select(seed => rows.Average(row => row[seed]))];
        double mean = blocks.Average();
        // Of each row, its share of the degrees of freedom, which the block means take a part of.
        double degrees = (seeds - 1) * (rows.Count - 1.0) / rows.Count;
        return Of([.. rows.Select(row => (degrees,
            row.Index().Sum(run => Math.Pow(run.Item - row.Average() - blocks[run.Index] + mean, 2)) / degrees))], hasBlocks: true);
    }

    private static PooledDeviation? Of(List<(double Degrees, double Variance)> rows, bool hasBlocks)
    {
        double degrees = rows.Sum(row => row.Degrees);
        double deviation = Math.Sqrt(rows.Sum(row => row.Degrees * row.Variance) / Math.Max(1, degrees));
        return deviation > Rounding ? new(deviation, (int)Math.Round(degrees), Bartlett(rows)) { HasBlocks = hasBlocks } : null;
    }

    /// <summary>
    /// The smallest true difference between two rows that is marked in four of five comparisons, if the rows share this deviation.
    /// </summary>
    /// <param name="runs">The runs of each of the two rows.</param>
    /// <param name="differences">The number of differences that Holm's correction allows for.</param>
    public double Smallest(int runs, int differences = 1) => Deviation * Math.Sqrt(2.0 / runs)
        * (Quantile(1 - (1 - Confidence) / 2 / differences) + Quantile(Power));

    private double Quantile(double probability) => StudentT.InvCDF(0, 1, Degrees, probability);

    private static double Bartlett(List<(double Degrees, double Variance)> rows)
    {
        // The logarithm of a variance of zero has no place in the test; few test images make equal scores.
        var found = rows.Where(row => row.Variance > Rounding * Rounding).ToList();
        if (found.Count < 2)
            return 1;
        double degrees = found.Sum(row => row.Degrees);
        double pooled = found.Sum(row => row.Degrees * row.Variance) / degrees;
        double statistic = degrees * Math.Log(pooled) - found.Sum(row => row.Degrees * Math.Log(row.Variance));
        double correction = 1 + (found.Sum(row => 1.0 / row.Degrees) - 1.0 / degrees) / (3.0 * (found.Count - 1));
        return 1 - ChiSquared.CDF(found.Count - 1, statistic / correction);
    }
}
