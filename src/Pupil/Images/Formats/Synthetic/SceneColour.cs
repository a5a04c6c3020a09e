
namespace Pupil.Images.Formats.Synthetic;

/// <summary>A colour: red, green and blue, each 0…255.</summary>
internal readonly record struct SceneColour(double Red, double Green, double Blue)
{
    /// <summary>How bright it is, 0…255. Mixtures of colours are never brighter than the brightest of them.</summary>
    public double Brightness => 0.3 * Red + 0.5 * Green + 0.2 * Blue;

    /// <summary>A random colour whose channels and brightness lie within bounds.</summary>
    public static SceneColour Random(ref SceneRandom random, double lowest, double highest, double darkest, double brightest)
    {
        while (true)
        {
            var colour = new SceneColour(random.Between(lowest, highest), random.Between(lowest, highest), random.Between(lowest, highest));
            if (colour.Brightness >= darkest && colour.Brightness <= brightest) return colour;
        }
    }

    /// <summary>This colour at 0, the other at 1, and the straight line between.</summary>
    public SceneColour Towards(SceneColour other, double part) =>
        new(Red + (other.Red - Red) * part, Green + (other.Green - Green) * part, Blue + (other.Blue - Blue) * part);

    /// <summary>This colour, brighter (above 1) or darker.</summary>
    public SceneColour Times(double factor) => new(Red * factor, Green * factor, Blue * factor);

    /// <summary>How far two colours are apart: the length of the straight way, 0…442.</summary>
    public double Distance(SceneColour other)
    {
        var (red, green, blue) = (Red - other.Red, Green - other.Green, Blue - other.Blue);
        return Math.Sqrt(red * red + green * green + blue * blue);
    }
}
