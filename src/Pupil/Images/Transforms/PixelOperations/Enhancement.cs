namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>
/// Blends an image with a degenerate version of itself, as Pillow's <c>ImageEnhance</c> does, byte for byte. Factor 0 gives the
/// degenerate image, 1 the unchanged one; other factors extrapolate.
/// </summary>
internal static class Enhancement
{
    /// <summary>Changes the brightness; the degenerate image is black.</summary>
    public static void Brightness(Raster image, double factor) => BlendFrom(0, image.Pixels, factor);

    /// <summary>Changes the contrast; the degenerate image has the mean luminance everywhere.</summary>
    public static void Contrast(Raster image, double factor) =>
        BlendFrom(Luminance.Mean(image.Pixels, image.Channels), image.Pixels, factor);

    /// <summary>Changes the saturation; the degenerate image is grey. Images of one channel stay unchanged.</summary>
    public static void Saturation(Raster image, double factor)
    {
        if (image.Channels != 3)
            return;
        var pixels = image.Pixels;
        for (int at = 0; at < pixels.Length; at += 3)
        {
            int grey = Luminance.OfRgb(pixels[at], pixels[at + 1], pixels[at + 2]);
            for (int channel = at; channel < at + 3; channel++)
                pixels[channel] = Blending.Blend(grey, pixels[channel], (float)factor);
        }
    }

    /// <summary>Changes the sharpness; the degenerate image is smoothed.</summary>
    public static void Sharpness(Raster image, double factor)
    {
        var sharp = image.Copy();
        Smoothing.Smooth(sharp, image.Pixels, image.Height, image.Width, image.Channels);
        for (int at = 0; at < sharp.Length; at++)
            image.Pixels[at] = Blending.Blend(image.Pixels[at], sharp[at], (float)factor);
    }

    private static void BlendFrom(int level, Span<byte> pixels, double factor)
    {
        foreach (ref byte value in pixels)
            value = Blending.Blend(level, value, (float)factor);
    }
}
