using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Maps boxes from pictures to the squares made of them.</summary>
internal static class PictureBoxes
{
    /// <summary>Maps a box of the picture to the square, rounded outwards and clipped; empty if it lies outside of the square.</summary>
    public static BoundingBox Map(this PictureLayout layout, BoundingBox box)
    {
        var (source, target) = (layout.Source, layout.Target);
        double width = source.Right - source.Left, height = source.Bottom - source.Top;
        return new BoundingBox(X(box.Left, Math.Floor), Y(box.Top, Math.Floor), X(box.Right, Math.Ceiling), Y(box.Bottom, Math.Ceiling));

        // Multiplies before it divides: an edge exactly between two pixels is not rounded past one.
        int X(double x, Func<double, double> round) =>
            target.Left + Math.Clamp((int)round((x - source.Left) * target.Width / width), 0, target.Width);
        int Y(double y, Func<double, double> round) =>
            target.Top + Math.Clamp((int)round((y - source.Top) * target.Height / height), 0, target.Height);
    }
}
