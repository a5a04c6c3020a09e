namespace Pupil.Images.Formats.Synthetic;

/// <summary>A paintable form, defined by how much of a pixel it covers.</summary>
internal interface IForm
{
    /// <summary>The centre of a box around the form, and half the box's width and height.</summary>
    (Vector Centre, Vector Reach) Extent { get; }

    /// <summary>Returns the covered part of a pixel, 0…1, from the pixel's middle and width.</summary>
    double Coverage(Vector middle, double pixel);
}

/// <summary>The object of an image: an outline with position, radius, a narrowing of its width, and rotation.</summary>
internal readonly record struct ObjectForm(int Label, Vector Centre, double Radius, double Narrowing, Vector Direction) : IForm
{
    private const int Samples = 4;

    public (Vector Centre, Vector Reach) Extent => (Centre, new(Radius, Radius));

    // Counts 4 × 4 points of the pixel; sixteenths are exact.
    public double Coverage(Vector middle, double pixel)
    {
        var offset = middle - Centre;
        if (offset.Dot(offset) > (Radius + pixel) * (Radius + pixel)) return 0;
        // A step of one sample to the right moves the point in the outline by (acrossX, downX), a step down by (acrossY, downY).
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

/// <summary>A line with round ends: a scratch if long and thin, a bar if short and thick, a dot without length.</summary>
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

/// <summary>A thin arc of a circle on both sides of a direction, up to the angle whose cosine is the opening.</summary>
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
