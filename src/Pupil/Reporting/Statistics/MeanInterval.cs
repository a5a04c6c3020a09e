using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Reporting.Statistics;

/// <summary>The mean of a quantity over the seeds of one row.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="HalfWidth">Half the width of its 95 % interval by Student's t; null for one value, and where all are equal.</param>
internal sealed record MeanInterval(double Mean, double? HalfWidth)
{
    /// <summary>Summarises at least one value.</summary>
    public static MeanInterval OfValues(IReadOnlyList<double> values)
    {
        var (mean, deviation) = Spread.OfValues(values);
        double quantile = values.Count > 1 ? StudentT.InvCDF(0, 1, values.Count - 1, 0.5 + PooledDeviation.Confidence / 2) : 0;
        return new(mean, deviation is > 0 ? quantile * deviation / Math.Sqrt(values.Count) : null);
    }
}
