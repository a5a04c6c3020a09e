using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Reporting.Statistics;

/// <summary>The difference between the means of two rows, each over its own seeds.</summary>
/// <param name="Mean">The mean of the row less that of the baseline.</param>
/// <param name="Test">Its interval and probability; null where no deviation can be estimated.</param>
internal sealed record MeanDifference(double Mean, DifferenceTest? Test)
{
    /// <summary>The probability corrected for the number of differences (<see cref="Holm"/>); null where it was not.</summary>
    public double? Adjusted { get; init; }

    /// <summary>Whether the corrected probability is below 5 %.</summary>
    public bool IsMarked => Adjusted < 1 - PooledDeviation.Confidence;

    /// <summary>Returns the difference between two rows of at least one run each.</summary>
    /// <param name="row">The scores of the row's runs.</param>
    /// <param name="baseline">The scores of the row that is subtracted; where the deviation has blocks, of the same seeds.</param>
    /// <param name="pooled">The deviation pooled over all rows of the setting; null where there is none.</param>
    public static MeanDifference Between(IReadOnlyList<double> row, IReadOnlyList<double> baseline, PooledDeviation? pooled)
    {
        Spread own = Spread.OfValues(row), other = Spread.OfValues(baseline);
        double mean = own.Mean - other.Mean;
        if (pooled is null)
            return new(mean, null);
        if (pooled.IsShared)
        {
            double error = pooled.Deviation * Math.Sqrt(1.0 / row.Count + 1.0 / baseline.Count);
            return new(mean, DifferenceTest.Of(mean, error, pooled.Degrees, isOfTwo: false));
        }
        if (pooled.HasBlocks)
            return new(mean, Paired(mean, [.. row.Zip(baseline, (first, second) => first - second)]));
        return new(mean, own.Deviation is double first && other.Deviation is double second
            ? Welch(mean, first * first / row.Count, row.Count - 1, second * second / baseline.Count, baseline.Count - 1) : null);
    }

    private static DifferenceTest? Paired(double mean, IReadOnlyList<double> differences) =>
        Spread.OfValues(differences).Deviation is double deviation and > PooledDeviation.Rounding
            ? DifferenceTest.Of(mean, deviation / Math.Sqrt(differences.Count), differences.Count - 1, isOfTwo: true) : null;

    // By Welch (1947), with the degrees of freedom of Satterthwaite (1946).
    private static DifferenceTest? Welch(double mean, double own, int ownDegrees, double other, int otherDegrees)
    {
        double squares = own * own / ownDegrees + other * other / otherDegrees;
        return squares > 0
            ? DifferenceTest.Of(mean, Math.Sqrt(own + other), (own + other) * (own + other) / squares, isOfTwo: true) : null;
    }
}

/// <summary>The interval of a difference, and the probability of one as large if there were none (Student's t).</summary>
/// <param name="HalfWidth">Half the width of its 95 % interval.</param>
/// <param name="Probability">The two-sided probability, 0…1.</param>
/// <param name="Degrees">The degrees of freedom.</param>
/// <param name="IsOfTwo">Whether it rests on the two rows alone, because the deviations of the setting's rows seem to differ.</param>
internal sealed record DifferenceTest(double HalfWidth, double Probability, double Degrees, bool IsOfTwo)
{
    /// <summary>Makes the test of a difference with a standard error.</summary>
    internal static DifferenceTest Of(double mean, double error, double degrees, bool isOfTwo) => new(
        error * StudentT.InvCDF(0, 1, degrees, 0.5 + PooledDeviation.Confidence / 2),
        2 * StudentT.CDF(0, 1, degrees, -Math.Abs(mean) / error), degrees, isOfTwo);
}
