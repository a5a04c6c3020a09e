namespace Pupil.Inference.Pictures;

/// <summary>Height and width of a picture before scaling, in pixels.</summary>
public readonly record struct PictureSize(int Height, int Width);

/// <summary>How a picture of any proportions becomes a square.</summary>
public enum PictureFit
{
    /// <summary>The largest central square is scaled; the rest is cut off.</summary>
    Crop,

    /// <summary>The whole picture is scaled in height and width separately: its proportions change.</summary>
    Stretch,

    /// <summary>The whole picture is scaled to fit, with black bars at its sides.</summary>
    Pad,
}

/// <summary>The position of a picture in its square.</summary>
/// <param name="Source">The used part of the picture: left, top, right, bottom, in its pixels.</param>
/// <param name="Target">The position of that part in the square: left, top, width, height, in pixels.</param>
internal readonly record struct PictureLayout(
    (double Left, double Top, double Right, double Bottom) Source, (int Left, int Top, int Width, int Height) Target)
{
    /// <summary>Returns the layout of a picture.</summary>
    /// <param name="fit">How the picture becomes a square.</param>
    /// <param name="height">The picture's height, in pixels.</param>
    /// <param name="width">The picture's width, in pixels.</param>
    /// <param name="size">The square's side, in pixels.</param>
    public static PictureLayout FromFit(PictureFit fit, int height, int width, int size)
    {
        switch (fit)
        {
            case PictureFit.Stretch:
                return new((0, 0, width, height), (0, 0, size, size));
            case PictureFit.Pad:
                double scale = (double)size / Math.Max(height, width);
                int wide = Math.Clamp((int)Math.Round(width * scale), 1, size);
                int high = Math.Clamp((int)Math.Round(height * scale), 1, size);
                return new((0, 0, width, height), ((size - wide) / 2, (size - high) / 2, wide, high));
            default:
                int side = Math.Min(height, width);
                double left = (width - side) / 2.0, top = (height - side) / 2.0;
                return new((left, top, left + side, top + side), (0, 0, size, size));
        }
    }
}
