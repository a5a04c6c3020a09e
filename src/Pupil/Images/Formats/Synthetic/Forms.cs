namespace Pupil.Images.Formats.Synthetic;

/// <summary>Something with a border that can be painted: how much of a pixel it covers.</summary>
internal interface IForm
{
    /// <summary>The middle of a box that holds all of it, and half the box's width and height.</summary>
    (Vector Centre, Vector Reach) Extent { get; }

    /// <summary>The covered part of a pixel, 0…1, by the pixel's middle and width.</summary>
    double Coverage(Vector middle, double pixel);
}

/// <summary>The object: an outline at a place, with its radius, a narrowing of its width and a rotation.</summary>
internal readonly record struct ObjectForm(int Label, Vector Centre, double Radius, double Narrowing, Vector Direction) : IForm
{
    private const int Samples = 4;

    public (Vector Centre, Vector Reach) Extent => (Centre, new(Radius, Radius));

    // Counts 4 × 4 points of the pixel; sixteenths are exact.
    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Centre;
        if (offset.Dot(offset) > (Radius + pixel) * (Radius + pixel)) return 0;
        // One step of a sample to the right moves the point of the outline by (acrossX, downX), one down by (acrossY, downY).
        var (across, down, step) = (1 / (Radius * Narrowing), 1 / Radius, pixel / Samples);
        var (acrossX, acrossY) = (Direction.X * across * step, Direction.Y * across * step);
        var (downX, downY) = (-Direction.Y * down * step, Direction.X * down * step);
        var (x, y) = (offset.Dot(Direction) * across, (offset.Y * Direction.X - offset.X * Direction.Y) * down);
        var count = 0;
        for (var row = -1.5; row < 2; row++)
            for (var column = -1.5; column < 2; column++)
                if (Outline.Contains(Label, x + column * acrossX + row * acrossY, y + column * downX + row * downY)) count++;
        return count / (double)(Samples * Samples);
    }
}

/// <summary>A line with round ends: long and thin a scratch, short and thick a bar, without length a dot.</summary>
internal readonly record struct Stroke(Vector Centre, Vector Direction, double HalfLength, double HalfWidth) : IForm
{
    public (Vector Centre, Vector Reach) Extent =>
        (Centre, new(Math.Abs(Direction.X) * HalfLength + HalfWidth, Math.Abs(Direction.Y) * HalfLength + HalfWidth));

    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Centre;
        offset -= Direction * Math.Clamp(offset.Dot(Direction), -HalfLength, HalfLength);
        var (square, far) = (offset.Dot(offset), HalfWidth + pixel);
        return square > far * far ? 0 : Math.Clamp((HalfWidth - Math.Sqrt(square)) / pixel + 0.5, 0, 1);
    }
}

/// <summary>A thin piece of a circle's rim, to both sides of a direction: up to the angle whose cosine is the opening.</summary>
internal readonly record struct Arc(Vector Centre, Vector Direction, double Radius, double Opening, double HalfWidth) : IForm
{
    public (Vector Centre, Vector Reach) Extent => (Centre, new(Radius + HalfWidth, Radius + HalfWidth));

    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Centre;
        var distance = Math.Sqrt(offset.Dot(offset));
        if (Math.Abs(distance - Radius) > HalfWidth + pixel || offset.Dot(Direction) < Opening * distance) return 0;
        return Math.Clamp((HalfWidth - Math.Abs(distance - Radius)) / pixel + 0.5, 0, 1);
    }
}
