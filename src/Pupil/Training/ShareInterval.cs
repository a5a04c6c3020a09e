namespace Pupil.Training;

/// <summary>
/// The 95 % interval of a share, by Wilson's score (1927). Unlike the standard error, it has a width for shares of 0 and 1 and for few
/// images.
/// </summary>
/// <param name="Low">The lower end, 0…1.</param>
/// <param name="High">The upper end, 0…1.</param>
internal readonly record struct ShareInterval(double Low, double High)
{
    // The normal distribution has 95 % within ± this.
    private const double Z = 1.959963984540054;

    /// <summary>Returns the interval of a share that was counted.</summary>
    /// <param name="share">The share, 0…1.</param>
    /// <param name="count">The number of images, at least 1.</param>
    public static ShareInterval Of(double share, int count)
    {
        double spread = Z * Z / count;
        double middle = (share + spread / 2) / (1 + spread);
        double half = Z * Math.Sqrt((share * (1 - share) + spread / 4) / count) / (1 + spread);
        return new(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>
    /// Returns the interval of the difference of two shares as if of different images, by Newcombe's method 10 (1998). It is too wide
    /// for networks with similar errors.
    /// </summary>
    /// <param name="share">The share, 0…1.</param>
    /// <param name="other">The share to subtract, 0…1.</param>
    /// <param name="count">The number of images of each, at least 1.</param>
    public static ShareInterval OfDifference(double share, double other, int count)
    {
        var (one, two) = (Of(share, count), Of(other, count));
        double difference = share - other;
        return new(difference - Root(share - one.Low, two.High - other), difference + Root(one.High - share, other - two.Low));

        static double Root(double a, double b) => Math.Sqrt(a * a + b * b);
    }
}
