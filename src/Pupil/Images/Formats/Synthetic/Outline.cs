namespace Pupil.Images.Formats.Synthetic;

/// <summary>The ten outlines, one per class. Each lies within the unit circle around its centre and nearly fills it.</summary>
internal static class Outline
{
    /// <summary>The class names; a label is an index into them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["disc", "ring", "half-disc", "crescent", "heart", "triangle", "square", "pentagon", "star", "cross"];

    /// <summary>Whether a point lies in the outline of a class.</summary>
    public static bool Contains(int label, double x, double y) => label switch
    {
        0 => Square(x) + Square(y) <= 0.88,
        1 => Square(x) + Square(y) is >= 0.28 and <= 0.96,
        2 => y >= -0.39 && Square(x) + Square(y + 0.39) <= 0.845,
        3 => Square(x) + Square(y) <= 1 && Square(x - 0.48) + Square(y) >= 0.6,
        4 => Math.Abs(x) + Math.Abs(y + 0.2) <= 0.78 || Square(Math.Abs(x) - 0.39) + Square(y - 0.19) <= 0.304,
        5 => y >= -0.5 && 0.8660254 * Math.Abs(x) + 0.5 * y <= 0.5,
        6 => Math.Abs(x) <= 0.7 && Math.Abs(y) <= 0.7,
        7 => SidesOfPentagon(x, y, 0.809017) == 5,
        8 => SidesOfPentagon(x, y, 0.309017) >= 4, // a pentagram: the tips lie outside just one of the five lines
        _ => Math.Min(Math.Abs(x), Math.Abs(y)) <= 0.31 && Math.Max(Math.Abs(x), Math.Abs(y)) <= 0.94,
    };

    // Counts for how many of the five sides, at a distance from the centre, the point lies on the inner side.
    private static int SidesOfPentagon(double x, double y, double distance)
    {
        var (low, high) = (0.8090170 * y + 0.5877853 * Math.Abs(x), 0.9510565 * Math.Abs(x) - 0.3090170 * y);
        var (lowOther, highOther) = (0.8090170 * y - 0.5877853 * Math.Abs(x), -0.9510565 * Math.Abs(x) - 0.3090170 * y);
        return Inside(-y) + Inside(low) + Inside(high) + Inside(lowOther) + Inside(highOther);
        int Inside(double along) => along <= distance ? 1 : 0;
    }

    private static double Square(double value) => value * value;
}
