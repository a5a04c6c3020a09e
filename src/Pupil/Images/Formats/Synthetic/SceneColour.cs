
namespace Pupil.Images.Formats.Synthetic;

/// <summary>A colour of a scene: red, green and blue, each 0…255.</summary>
internal readonly record struct SceneColour(double Red, double Green, double Blue)
{
    /// <summary>The brightness, 0…255. A mixture of colours is never brighter than the brightest of them.</summary>
    public double Brightness => 0.3 * Red + 0.5 * Green + 0.2 * Blue;

    /// <summary>Draws a colour whose channels and brightness lie within bounds.</summary>
    public static SceneColour Random(ref SceneRandom random, double lowest, double highest, double darkest, double brightest)
    {
        while (true)
        {
            var colour = new SceneColour(random.Between(lowest, highest), random.Between(lowest, highest), random.Between(lowest, highest));
            if (colour.Brightness >= darkest && colour.Brightness <= brightest) return colour;
        }
    }

    /// <summary>Interpolates linearly between this colour (part 0) and another (part 1).</summary>
    public SceneColour Towards(SceneColour other, double part) =>
        new(Red + (other.Red - Red) * part, Green + (other.Green - Green) * part, Blue + (other.Blue - Blue) * part);

    /// <summary>Multiplies all channels by a factor: above 1 brighter, below 1 darker.</summary>
    public SceneColour Times(double factor) => new(Red * factor, Green * factor, Blue * factor);

    /// <summary>Returns the Euclidean distance of two colours, 0…442.</summary>
    public double Distance(SceneColour other)
    {
        var (red, green, blue) = (Red - other.Red, Green - other.Green, Blue - other.Blue);
        return Math.Sqrt(red * red + green * green + blue * blue);
    }
}
