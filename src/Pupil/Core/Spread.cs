namespace Pupil.Core;

/// <summary>The mean and the sample standard deviation of some numbers.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation (sum of squares over count − 1); null for a single number.</param>
public sealed record Spread(double Mean, double? Deviation)
{
    /// <summary>Computes the spread of at least one number.</summary>
    public static Spread OfValues(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new Spread(mean, values.Count > 1 ? Math.Sqrt(squares / (values.Count - 1)) : null);
    }
}
