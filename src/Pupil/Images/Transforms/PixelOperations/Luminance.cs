namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>How bright a colour is: Pillow's conversion to <c>L</c> (ITU-R 601-2), in whole numbers.</summary>
internal static class Luminance
{
    /// <summary>0.299 R + 0.587 G + 0.114 B, rounded.</summary>
    public static byte Of(byte red, byte green, byte blue) => (byte)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);

    /// <summary>The mean over all pixels, rounded.</summary>
    public static int Mean(ReadOnlySpan<byte> pixels, int channels)
    {
        long sum = 0;
        for (int at = 0; at < pixels.Length; at += channels)
            sum += channels == 3 ? Of(pixels[at], pixels[at + 1], pixels[at + 2]) : pixels[at];
        return (int)((double)sum / (pixels.Length / channels) + 0.5);
    }
}
