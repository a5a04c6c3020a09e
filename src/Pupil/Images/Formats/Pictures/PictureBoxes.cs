using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Where objects lie in pictures that became squares.</summary>
internal static class PictureBoxes
{
    /// <summary>A box of the picture in the square, rounded outwards and cut at the square's edge; empty where it is cut away.</summary>
    public static BoundingBox Map(this PictureLayout layout, BoundingBox box)
    {
        var (source, target) = (layout.Source, layout.Target);
        double width = source.Right - source.Left, height = source.Bottom - source.Top;
        // Multiplied first: an edge that comes to lie between two pixels is not rounded past one.
        int X(double x, Func<double, double> round) => target.Left + Math.Clamp((int)round((x - source.Left) * target.Width / width), 0, target.Width);
        int Y(double y, Func<double, double> round) => target.Top + Math.Clamp((int)round((y - source.Top) * target.Height / height), 0, target.Height);
        return new BoundingBox(X(box.Left, Math.Floor), Y(box.Top, Math.Floor), X(box.Right, Math.Ceiling), Y(box.Bottom, Math.Ceiling));
    }
}
