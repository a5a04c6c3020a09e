namespace Pupil.Data.Shapes;

/// <summary>Something with a border that can be painted: how much of a pixel it covers.</summary>
internal interface IForm
{
    /// <summary>The middle and the half width of a square that holds all of it.</summary>
    (Vector Centre, double Reach) Extent { get; }

    /// <summary>The covered part of a pixel, 0…1, by the pixel's middle and width.</summary>
    double Coverage(Vector middle, double pixel);
}

/// <summary>The object: an outline at a place, with half its height, a narrowing of its width and a rotation.</summary>
internal readonly record struct ObjectForm(int Label, Vector Centre, double Radius, double Narrowing, Vector Direction) : IForm
{
    private const int Samples = 4;

    public (Vector Centre, double Reach) Extent => (Centre, Radius);

    // Counts 4 × 4 points of the pixel; sixteenths are exact.
    public double Coverage(Vector middle, double pixel)
    {
        var count = 0;
        for (var row = 0; row < Samples; row++)
            for (var column = 0; column < Samples; column++)
            {
                var x = middle.X - Centre.X + ((column + 0.5) / Samples - 0.5) * pixel;
                var y = middle.Y - Centre.Y + ((row + 0.5) / Samples - 0.5) * pixel;
                var u = (x * Direction.X + y * Direction.Y) / (Radius * Narrowing);
                var v = (y * Direction.X - x * Direction.Y) / Radius;
                if (Outline.Contains(Label, u, v)) count++;
            }
        return count / (double)(Samples * Samples);
    }
}

/// <summary>A line with round ends: long and thin a scratch, short and thick a bar, without length a dot.</summary>
internal readonly record struct Stroke(Vector Middle, Vector Direction, double HalfLength, double HalfWidth) : IForm
{
    public (Vector Centre, double Reach) Extent => (Middle, HalfLength + HalfWidth);

    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Middle;
        offset -= Direction * Math.Clamp(offset.Dot(Direction), -HalfLength, HalfLength);
        return Math.Clamp((HalfWidth - Math.Sqrt(offset.Dot(offset))) / pixel + 0.5, 0, 1);
    }
}

/// <summary>A thin piece of a circle's rim, to both sides of a direction.</summary>
internal readonly record struct Arc(Vector Middle, Vector Direction, double Radius, double Opening, double HalfWidth) : IForm
{
    public (Vector Centre, double Reach) Extent => (Middle, Radius + HalfWidth);

    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Middle;
        var distance = Math.Sqrt(offset.Dot(offset));
        if (offset.Dot(Direction) < Opening * distance) return 0;
        return Math.Clamp((HalfWidth - Math.Abs(distance - Radius)) / pixel + 0.5, 0, 1);
    }
}
