namespace Pupil.Networks.Quantization;

/// <summary>The scale of a map in 8 bits: a value is step · (whole − zero), with a whole number of −128…127.</summary>
/// <param name="Step">The distance of neighbouring values, above 0.</param>
/// <param name="Zero">The whole number of the value 0.</param>
internal readonly record struct MapScale(float Step, sbyte Zero)
{
    /// <summary>The least and the greatest whole number.</summary>
    public const int Least = -128, Most = 127;

    /// <summary>The least value.</summary>
    public double LeastValue => (Least - Zero) * (double)Step;

    /// <summary>The greatest value.</summary>
    public double GreatestValue => (Most - Zero) * (double)Step;

    /// <summary>Returns the scale of a range. 0 is exactly representable, because padding and ReLU produce many zeros.</summary>
    /// <param name="least">The least value of the map; values below are clipped.</param>
    /// <param name="greatest">The greatest value of the map; values above are clipped.</param>
    public static MapScale OfRange(double least, double greatest)
    {
        (least, greatest) = (Math.Min(0, least), Math.Max(0, greatest));
        float step = (float)Math.Max((greatest - least) / (Most - Least), 1e-12);
        return new(step, (sbyte)Math.Clamp(Math.Round(Least - least / step), Least, Most));
    }
}
