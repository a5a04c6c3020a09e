namespace Pupil.Core;

/// <summary>The mean of some numbers, and their sample standard deviation where there are two or more.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation (divided by one less than the count), or null for a single number.</param>
public sealed record Spread(double Mean, double? Deviation)
{
    /// <summary>Of at least one number.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return new Spread(mean, values.Count > 1 ? Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)) : null);
    }
}
