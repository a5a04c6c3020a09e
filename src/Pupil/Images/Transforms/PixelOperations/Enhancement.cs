namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>
/// Pillow's <c>ImageEnhance</c>: an image is moved from a poorer version of itself (factor 0) to itself (1) or beyond. Byte for byte.
/// </summary>
internal static class Enhancement
{
    /// <summary>From black.</summary>
    public static void Brightness(Raster image, double factor) => From(image.Pixels, 0, factor);

    /// <summary>From the mean brightness.</summary>
    public static void Contrast(Raster image, double factor) => From(image.Pixels, Luminance.Mean(image.Pixels, image.Channels), factor);

    /// <summary>From grey; a grey image stays as it is.</summary>
    public static void Saturation(Raster image, double factor)
    {
        if (image.Channels != 3)
            return;
        var pixels = image.Pixels;
        for (int at = 0; at < pixels.Length; at += 3)
        {
            int grey = Luminance.Of(pixels[at], pixels[at + 1], pixels[at + 2]);
            for (int channel = at; channel < at + 3; channel++)
                pixels[channel] = Blending.Blend(grey, pixels[channel], (float)factor);
        }
    }

    /// <summary>From smoothed.</summary>
    public static void Sharpness(Raster image, double factor)
    {
        var sharp = image.Copy();
        Smoothing.Smooth(sharp, image.Pixels, image.Height, image.Width, image.Channels);
        for (int at = 0; at < sharp.Length; at++)
            image.Pixels[at] = Blending.Blend(image.Pixels[at], sharp[at], (float)factor);
    }

    private static void From(Span<byte> pixels, int level, double factor)
    {
        foreach (ref byte value in pixels)
            value = Blending.Blend(level, value, (float)factor);
    }
}
