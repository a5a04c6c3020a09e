using Pupil.Images;
using Pupil.Inference.Pictures;
using SkiaSharp;

namespace Pupil.Cli.ContactSheets;

/// <summary>A picture in its displayed size: small ones enlarged with square pixels, large ones reduced.</summary>
internal static class ShownPicture
{
    /// <summary>The largest side that a small picture is enlarged to, by a whole number, in pixels.</summary>
    public const int Enlarged = 128;

    /// <summary>The longest side of any displayed picture, in pixels.</summary>
    public const int Longest = 160;

    /// <summary>Returns the displayed size of a picture.</summary>
    public static SKSizeI SizeOf(TilePicture picture)
    {
        int side = Math.Max(picture.Height, picture.Width);
        if (side > Longest)
            return new(Shrunk(picture.Width, side), Shrunk(picture.Height, side));
        int factor = Math.Max(1, Enlarged / side);
        return new(picture.Width * factor, picture.Height * factor);
    }

    /// <summary>Returns the picture in its displayed size.</summary>
    public static SKBitmap Of(TilePicture picture)
    {
        SKSizeI size = SizeOf(picture);
        int channels = picture.Channels;
        byte[] pixels = picture.Pixels;
        var (height, width) = (picture.Height, picture.Width);
        if (size.Height < height || size.Width < width)
        {
            var shrunk = new byte[size.Height * size.Width * channels];
            Resampling.Resample(pixels, height, width, channels, (0, 0, width, height), shrunk, size.Height, size.Width);
            (pixels, height, width) = (shrunk, size.Height, size.Width);
        }
        var bitmap = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        int factor = size.Width / width;
        for (int y = 0, at = 0; y < size.Height; y++)
        {
            for (int x = 0; x < size.Width; x++, at += 4)
            {
                int from = (y / factor * width + x / factor) * channels;
                (target[at], target[at + 1], target[at + 2], target[at + 3]) =
                    (pixels[from], pixels[from + channels / 2], pixels[from + channels - 1], 255);
            }
        }
        return bitmap;
    }

    /// <summary>Maps a box to pixels of the displayed picture; null where the box lies outside.</summary>
    public static SKRectI? Map(BoundingBox box, TilePicture picture)
    {
        SKSizeI size = SizeOf(picture);
        int Place(int edge, int length, int shown, Func<double, double> round) =>
            (int)round((double)Math.Clamp(edge, 0, length) * shown / length);
        var shown = new SKRectI(
            Place(box.Left, picture.Width, size.Width, Math.Floor), Place(box.Top, picture.Height, size.Height, Math.Floor),
            Place(box.Right, picture.Width, size.Width, Math.Ceiling), Place(box.Bottom, picture.Height, size.Height, Math.Ceiling));
        return shown.Width > 0 && shown.Height > 0 ? shown : null;
    }

    private static int Shrunk(int length, int side) => Math.Max(1, (int)Math.Round((double)length * Longest / side));
}
