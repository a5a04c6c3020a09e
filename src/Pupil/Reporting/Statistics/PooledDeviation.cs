using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Reporting.Statistics;

/// <summary>
/// The deviation of a score from seed to seed, pooled over the rows of one setting. The few runs of one row say little about it, and runs
/// of one seed are not alike enough to be paired.
/// </summary>
/// <param name="Deviation">The pooled sample deviation; more than 0.</param>
/// <param name="Degrees">Its degrees of freedom: the sum over the rows of the number of runs less one.</param>
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

    // Equal shares of images may differ by rounding errors.
    private const double Rounding = 1e-12;

    /// <summary>Whether the rows have one deviation, as far as their runs say. Otherwise each pair needs its own (Welch 1947).</summary>
    public bool IsShared => Equality >= Level;

    /// <summary>Pools the deviations of rows; null where no row has two runs, or the runs of each row have equal scores.</summary>
    /// <param name="rows">The scores of each row's runs.</param>
    public static PooledDeviation? Of(IEnumerable<IReadOnlyList<double>> rows)
    {
        var variances = rows.Where(row => row.Count > 1)
            .Select(row => (Degrees: row.Count - 1, Variance: Math.Pow(Spread.OfValues(row).Deviation!.Value, 2))).ToList();
        int degrees = variances.Sum(row => row.Degrees);
        double deviation = Math.Sqrt(variances.Sum(row => row.Degrees * row.Variance) / Math.Max(1, degrees));
        return deviation > Rounding ? new(deviation, degrees, Bartlett(variances)) : null;
    }

    /// <summary>
    /// The smallest true difference between two rows that is marked in four of five comparisons, if the rows share this deviation.
    /// </summary>
    /// <param name="runs">The runs of each of the two rows.</param>
    /// <param name="differences">The number of differences that Holm's correction allows for.</param>
    public double Smallest(int runs, int differences = 1) => Deviation * Math.Sqrt(2.0 / runs)
        * (Quantile(1 - (1 - Confidence) / 2 / differences) + Quantile(Power));

    private double Quantile(double probability) => StudentT.InvCDF(0, 1, Degrees, probability);

    private static double Bartlett(List<(int Degrees, double Variance)> rows)
    {
        // The logarithm of a variance of zero has no place in the test; few test images make equal scores.
        var found = rows.Where(row => row.Variance > Rounding * Rounding).ToList();
        if (found.Count < 2)
            return 1;
        int degrees = found.Sum(row => row.Degrees);
        double pooled = found.Sum(row => row.Degrees * row.Variance) / degrees;
        double statistic = degrees * Math.Log(pooled) - found.Sum(row => row.Degrees * Math.Log(row.Variance));
        double correction = 1 + (found.Sum(row => 1.0 / row.Degrees) - 1.0 / degrees) / (3.0 * (found.Count - 1));
        return 1 - ChiSquared.CDF(found.Count - 1, statistic / correction);
    }
}
