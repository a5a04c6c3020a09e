using Pupil.Experiments.Exhibits;
using Pupil.Images;
using SkiaSharp;

namespace Pupil.Reporting.Page;

/// <summary>
/// Draws a stage's attention map over its picture, bilinearly enlarged. The colours range from none (the picture alone) to yellow. A white
/// line surrounds the fifth of the pixels with the largest values, and dashes surround the object's box.
/// </summary>
internal static class HeatMap
{
    /// <summary>The share of the pixels inside the white line, 0…1.</summary>
    public const double TopShare = 0.2;

    /// <summary>The longer side of a drawn picture, in pixels.</summary>
    public const int Side = 112;

    // The colour map "magma": from black over purple and orange to pale yellow, perceptually uniform also in grey.
    private static readonly (byte R, byte G, byte B)[] Anchors =
    [
        (0, 0, 4), (28, 16, 68), (79, 18, 123), (129, 37, 129), (181, 54, 122), (229, 80, 100), (251, 135, 97), (254, 194, 135),
        (252, 253, 191),
    ];

    /// <summary>Returns the enlarged picture alone as a WebP file.</summary>
    public static byte[] Picture(Exhibit exhibit, ExhibitPicture picture)
    {
        using var bitmap = Enlarged(exhibit, picture, out _);
        return Encode(bitmap);
    }

    /// <summary>Returns attention over the picture as a WebP file.</summary>
    /// <param name="exhibit">The exhibit with the picture.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="attention">The stage's maps.</param>
    /// <param name="map">The index of the picture's map.</param>
    /// <param name="strongest">The density of the brightest colour; uniform attention has density 1.</param>
    public static byte[] Over(Exhibit exhibit, ExhibitPicture picture, StageAttention attention, int map, double strongest)
    {
        using var bitmap = Enlarged(exhibit, picture, out double scale);
        double[] density = Spread(attention, map, bitmap.Width, bitmap.Height);
        double[] sorted = [.. density.Order()];
        double threshold = sorted[(int)((1 - TopShare) * (sorted.Length - 1))];
        int width = bitmap.Width, height = bitmap.Height;
        var pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < density.Length; i++)
        {
            var pixel = pixels.Slice(4 * i, 3);
            if (IsEdge(density, threshold, i % width, i / width, width, height))
            {
                pixel.Fill(255);
                continue;
            }
            double part = Math.Clamp(density[i] / strongest, 0, 1), over = 0.25 + 0.55 * part;
            var (r, g, b) = Colour(part);
            (pixel[0], pixel[1], pixel[2]) = (Mixed(pixel[0], r, over), Mixed(pixel[1], g, over), Mixed(pixel[2], b, over));
        }
        if (picture.Box is { } box)
            Dash(bitmap, box, scale);
        return Encode(bitmap);

        static byte Mixed(byte under, byte over, double share) => (byte)Math.Round(under * (1 - share) + over * share);
    }

    /// <summary>Returns the highest density of a map; uniform attention has density 1.</summary>
    public static double Strongest(StageAttention attention, int map) =>
        attention.Maps[map].Max() * (double)attention.Height * attention.Width;

    /// <summary>Returns the colour of a part, 0…1, of the highest density.</summary>
    public static (byte R, byte G, byte B) Colour(double part)
    {
        double at = Math.Clamp(part, 0, 1) * (Anchors.Length - 1);
        int low = Math.Min((int)at, Anchors.Length - 2);
        var (a, b) = (Anchors[low], Anchors[low + 1]);
        return (Between(a.R, b.R), Between(a.G, b.G), Between(a.B, b.B));

        byte Between(byte from, byte to) => (byte)Math.Round(from + (at - low) * (to - from));
    }

    // Interpolates bilinearly between the centres of the cells.
    private static double[] Spread(StageAttention attention, int map, int width, int height)
    {
        var (rows, columns, values) = (attention.Height, attention.Width, attention.Maps[map]);
        double[] result = new double[width * height];
        for (int y = 0; y < height; y++)
        {
            double row = Math.Clamp((y + 0.5) * rows / height - 0.5, 0, rows - 1);
            int top = Math.Min((int)row, Math.Max(0, rows - 2)), bottom = Math.Min(top + 1, rows - 1);
            for (int x = 0; x < width; x++)
            {
                double column = Math.Clamp((x + 0.5) * columns / width - 0.5, 0, columns - 1);
                int left = Math.Min((int)column, Math.Max(0, columns - 2)), right = Math.Min(left + 1, columns - 1);
                double above = Mix(values[top * columns + left], values[top * columns + right], column - left);
                double below = Mix(values[bottom * columns + left], values[bottom * columns + right], column - left);
                result[y * width + x] = Mix(above, below, row - top) * rows * columns;
            }
        }
        return result;

        static double Mix(double from, double to, double share) => from + share * (to - from);
    }

    private static bool IsEdge(double[] density, double threshold, int x, int y, int width, int height)
    {
        return density[y * width + x] > threshold && (IsBelow(x - 1, y) || IsBelow(x + 1, y) || IsBelow(x, y - 1) || IsBelow(x, y + 1));

        bool IsBelow(int column, int row) =>
            column >= 0 && column < width && row >= 0 && row < height && density[row * width + column] <= threshold;
    }

    private static SKBitmap Enlarged(Exhibit exhibit, ExhibitPicture picture, out double scale)
    {
        scale = (double)Side / Math.Max(exhibit.Height, exhibit.Width);
        int width = Math.Max(1, (int)Math.Round(exhibit.Width * scale)), height = Math.Max(1, (int)Math.Round(exhibit.Height * scale));
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < width * height; i++)
        {
            int row = i / width * exhibit.Height / height, column = i % width * exhibit.Width / width;
            var from = picture.Pixels.AsSpan((row * exhibit.Width + column) * exhibit.Channels, exhibit.Channels);
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (from[0], from[exhibit.Channels / 2], from[^1], 255);
        }
        return bitmap;
    }

    private static void Dash(SKBitmap bitmap, BoundingBox box, double scale)
    {
        using var canvas = new SKCanvas(bitmap);
        using var effect = SKPathEffect.CreateDash([4, 3], 0);
        using var paint = new SKPaint
        {
            Style = SKPaintStyle.Stroke,
            StrokeWidth = 1.5f,
            Color = new SKColor(0x7F, 0xE3, 0xFF),
            PathEffect = effect,
        };
        var (left, top, right, bottom) = (box.Left * scale, box.Top * scale, box.Right * scale, box.Bottom * scale);
        canvas.DrawRect(new SKRect((float)left, (float)top, (float)right, (float)bottom), paint);
    }

    private static byte[] Encode(SKBitmap bitmap)
    {
        using var data = bitmap.Encode(SKEncodedImageFormat.Webp, 85);
        return data.ToArray();
    }
}
