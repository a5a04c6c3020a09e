namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Operations that map every byte to a new value: those of Pillow's <c>ImageOps</c>, byte for byte.</summary>
internal static class ByteCurve
{
    /// <summary>Keeps the upper bits of every byte.</summary>
    /// <param name="image">The image.</param>
    /// <param name="bits">The number of bits kept, 1…8.</param>
    public static void Posterize(Raster image, int bits)
    {
        int mask = 0xFF & ~((1 << (8 - bits)) - 1);
        foreach (ref byte value in image.Pixels)
            value = (byte)(value & mask);
    }

    /// <summary>Inverts every byte that is not below <paramref name="threshold"/>.</summary>
    public static void Solarize(Raster image, double threshold)
    {
        foreach (ref byte value in image.Pixels)
            value = value < threshold ? value : (byte)(255 - value);
    }

    /// <summary>Stretches every channel so that its darkest value becomes 0 and its brightest 255.</summary>
    public static void AutoContrast(Raster image)
    {
        Span<byte> curve = stackalloc byte[256];
        Span<int> counts = stackalloc int[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Count(image, channel, counts);
            int low = counts.IndexOfAnyExcept(0), high = counts.LastIndexOfAnyExcept(0);
            if (high <= low)
                continue;
            double scale = 255.0 / (high - low), offset = -low * scale;
            for (int value = 0; value < 256; value++)
                curve[value] = (byte)Math.Clamp((int)(value * scale + offset), 0, 255);
            Replace(image, channel, curve);
        }
    }

    /// <summary>Equalises the histogram of every channel.</summary>
    public static void Equalize(Raster image)
    {
        Span<byte> curve = stackalloc byte[256];
        Span<int> counts = stackalloc int[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Count(image, channel, counts);
            int highest = counts[counts.LastIndexOfAnyExcept(0)];
            int step = (image.Height * image.Width - highest) / 255;
            if (step == 0)
                continue;
            int sum = step / 2;
            for (int value = 0; value < 256; value++)
            {
                curve[value] = (byte)Math.Min(255, sum / step);
                sum += counts[value];
            }
            Replace(image, channel, curve);
        }
    }

    private static void Count(Raster image, int channel, Span<int> counts)
    {
        counts.Clear();
        for (int at = channel; at < image.Pixels.Length; at += image.Channels)
            counts[image.Pixels[at]]++;
    }

    private static void Replace(Raster image, int channel, ReadOnlySpan<byte> curve)
    {
        for (int at = channel; at < image.Pixels.Length; at += image.Channels)
            image.Pixels[at] = curve[image.Pixels[at]];
    }
}
