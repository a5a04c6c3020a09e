namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Computes luminance with Pillow's conversion to <c>L</c> (ITU-R 601-2) in whole numbers.</summary>
internal static class Luminance
{
    /// <summary>Returns 0.299 R + 0.587 G + 0.114 B, rounded.</summary>
    public static byte OfRgb(byte red, byte green, byte blue) => (byte)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);

    /// <summary>Returns the mean luminance over all pixels of H×W×C bytes, rounded.</summary>
    public static int Mean(ReadOnlySpan<byte> pixels, int channels)
    {
        long sum = 0;
        for (int at = 0; at < pixels.Length; at += channels)
            sum += channels == 3 ? OfRgb(pixels[at], pixels[at + 1], pixels[at + 2]) : pixels[at];
        return (int)((double)sum / (pixels.Length / channels) + 0.5);
    }
}
