namespace Pupil.Inference.Pictures;

/// <summary>Height and width of a picture as it came, in pixels.</summary>
public readonly record struct PictureSize(int Height, int Width);

/// <summary>How a picture of any shape becomes a square.</summary>
public enum PictureFit
{
    /// <summary>The largest square in its middle, scaled; what lies outside is cut off.</summary>
    Crop,

    /// <summary>The whole picture, scaled in height and width apart: its shape changes.</summary>
    Stretch,

    /// <summary>The whole picture, scaled to fit, black bars beside it.</summary>
    Pad,
}

/// <summary>Where a picture lies in the square it is brought to.</summary>
/// <param name="Source">The part of the picture that is taken: left, top, right, bottom, in its pixels.</param>
/// <param name="Target">Where that part goes in the square: left, top, width, height, in pixels.</param>
internal readonly record struct PictureLayout((double Left, double Top, double Right, double Bottom) Source, (int Left, int Top, int Width, int Height) Target)
{
    /// <summary>The layout of a picture.</summary>
    /// <param name="fit">How it is fitted.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="size">The square's side.</param>
    public static PictureLayout Of(PictureFit fit, int height, int width, int size)
    {
        switch (fit)
        {
            case PictureFit.Stretch:
                return new((0, 0, width, height), (0, 0, size, size));
            case PictureFit.Pad:
                double scale = (double)size / Math.Max(height, width);
                int wide = Math.Clamp((int)Math.Round(width * scale), 1, size), high = Math.Clamp((int)Math.Round(height * scale), 1, size);
                return new((0, 0, width, height), ((size - wide) / 2, (size - high) / 2, wide, high));
            default:
                int side = Math.Min(height, width);
                double left = (width - side) / 2.0, top = (height - side) / 2.0;
                return new((left, top, left + side, top + side), (0, 0, size, size));
        }
    }
}
