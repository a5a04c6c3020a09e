namespace Pupil.Data.Shapes;

/// <summary>A colour: red, green and blue, each 0…255.</summary>
internal readonly record struct SceneColour(double Red, double Green, double Blue)
{
    public static SceneColour Random(ref SceneRandom random) =>
        new(random.Between(0, 255), random.Between(0, 255), random.Between(0, 255));

    /// <summary>This colour at 0, the other at 1, and the straight line between.</summary>
    public SceneColour Towards(SceneColour other, double part) =>
        new(Red + (other.Red - Red) * part, Green + (other.Green - Green) * part, Blue + (other.Blue - Blue) * part);

    /// <summary>How far two colours are apart: the length of the straight way, 0…442.</summary>
    public double Distance(SceneColour other) => Math.Sqrt(Dot(this - other, this - other));

    /// <summary>How far this colour is from all the mixtures of two others.</summary>
    public double Distance(SceneColour from, SceneColour to)
    {
        var length = Dot(to - from, to - from);
        var part = length > 0 ? Math.Clamp(Dot(this - from, to - from) / length, 0, 1) : 0;
        return Distance(from.Towards(to, part));
    }

    /// <summary>A random colour that stands out from every mixture of two others.</summary>
    public static SceneColour Apart(ref SceneRandom random, SceneColour from, SceneColour to, double distance)
    {
        const int Tries = 32;
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var colour = Random(ref random);
            if (colour.Distance(from, to) >= distance) return colour;
        }
        return FarthestCorner(from, to);
    }

    // Some corner of the colour cube is always far from a line through it (at least half its edge).
    private static SceneColour FarthestCorner(SceneColour from, SceneColour to)
    {
        var best = default(SceneColour);
        for (var corner = 0; corner < 8; corner++)
        {
            var colour = new SceneColour((corner & 1) * 255, (corner >> 1 & 1) * 255, (corner >> 2) * 255);
            if (colour.Distance(from, to) > best.Distance(from, to)) best = colour;
        }
        return best;
    }

    private static double Dot(SceneColour a, SceneColour b) => a.Red * b.Red + a.Green * b.Green + a.Blue * b.Blue;

    public static SceneColour operator -(SceneColour a, SceneColour b) => new(a.Red - b.Red, a.Green - b.Green, a.Blue - b.Blue);
}
