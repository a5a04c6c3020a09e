namespace Pupil.Inference.Pictures;

/// <summary>
/// Scales images of bytes as Pillow's <c>Image.resize(size, BILINEAR, box=box)</c> does, byte for byte: first along the rows, then along
/// the columns, rounded to bytes in between. Where it shrinks an image, a target pixel is a weighted mean of all pixels that it covers.
/// An instance reuses its buffers and serves one thread.
/// </summary>
internal sealed class Resampling
{
    private const int Half = 1 << (LineFilter.Precision - 1);

    private readonly LineFilter _across = new(), _down = new();
    private byte[] _lines = [];

    /// <summary>Scales a part of an image with new buffers.</summary>
    /// <param name="source">The image: H×W×C bytes.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="channels">C.</param>
    /// <param name="box">The part, in pixels from the upper left corner of the image; it may begin and end within a pixel.</param>
    /// <param name="target">Receives targetHeight × targetWidth × C bytes.</param>
    /// <param name="targetHeight">The height of the scaled part, in pixels.</param>
    /// <param name="targetWidth">The width of the scaled part, in pixels.</param>
    internal static void Resample(ReadOnlySpan<byte> source, int height, int width, int channels,
        (double Left, double Top, double Right, double Bottom) box, Span<byte> target, int targetHeight, int targetWidth) =>
        new Resampling().Apply(source, width * channels, height, width, channels, box, target, targetHeight, targetWidth);

    /// <summary>Scales a part of an image whose rows are <paramref name="stride"/> bytes apart; see <see cref="Resample"/>.</summary>
    public void Apply(ReadOnlySpan<byte> source, int stride, int height, int width, int channels,
        (double Left, double Top, double Right, double Bottom) box, Span<byte> target, int targetHeight, int targetWidth)
    {
        _across.Set(width, (float)box.Left, (float)box.Right, targetWidth);
        _down.Set(height, (float)box.Top, (float)box.Bottom, targetHeight);
        int first = _down.First, rows = _down.End - first, line = targetWidth * channels;
        if (_lines.Length < rows * line)
            _lines = new byte[rows * line];
        for (int row = 0; row < rows; row++)
            Across(source.Slice((first + row) * stride, width * channels), channels, _lines.AsSpan(row * line, line));
        for (int row = 0; row < targetHeight; row++)
        {
            int start = _down.Start(row) - first;
            Down(_lines.AsSpan(start * line), line, _down.Weights(row), target.Slice(row * line, line));
        }
    }

    private void Across(ReadOnlySpan<byte> source, int channels, Span<byte> target)
    {
        for (int at = 0, pixel = 0; at < target.Length; pixel++)
        {
            var weights = _across.Weights(pixel);
            int start = _across.Start(pixel) * channels;
            if (channels == 3)
            {
                Colour(source[start..], weights, target.Slice(at, 3));
                at += 3;
                continue;
            }
            for (int channel = 0; channel < channels; channel++)
            {
                int sum = Half, from = start + channel;
                foreach (int weight in weights)
                {
                    sum += source[from] * weight;
                    from += channels;
                }
                target[at++] = ToByte(sum);
            }
        }
    }

    private static void Colour(ReadOnlySpan<byte> source, ReadOnlySpan<int> weights, Span<byte> target)
    {
        int red = Half, green = Half, blue = Half, from = 0;
        foreach (int weight in weights)
        {
            red += source[from] * weight;
            green += source[from + 1] * weight;
            blue += source[from + 2] * weight;
            from += 3;
        }
        (target[0], target[1], target[2]) = (ToByte(red), ToByte(green), ToByte(blue));
    }

    private static void Down(ReadOnlySpan<byte> lines, int line, ReadOnlySpan<int> weights, Span<byte> target)
    {
        for (int at = 0; at < line; at++)
        {
            int sum = Half, from = at;
            foreach (int weight in weights)
            {
                sum += lines[from] * weight;
                from += line;
            }
            target[at] = ToByte(sum);
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> LineFilter.Precision, 0, 255);
}
