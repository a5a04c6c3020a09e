namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Pillow's filter <c>SMOOTH</c>: every pixel becomes the mean of the nine around it, its own weight being five. The edge stays.</summary>
internal static class Smoothing
{
    // Pillow divides the weights first, in float32.
    private const float Around = 1f / 13, Middle = 5f / 13;

    /// <summary>Smooths an image.</summary>
    /// <param name="source">H×W×C bytes.</param>
    /// <param name="target">As many others.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="channels">C.</param>
    public static void Smooth(ReadOnlySpan<byte> source, Span<byte> target, int height, int width, int channels)
    {
        source.CopyTo(target);
        int line = width * channels;
        for (int row = 1; row < height - 1; row++)
        {
            for (int at = row * line + channels; at < (row + 1) * line - channels; at++)
            {
                float sum = 0.5f;
                sum += Of(source, at + line, channels, Around);
                sum += Of(source, at, channels, Middle);
                sum += Of(source, at - line, channels, Around);
                target[at] = (byte)Math.Clamp(sum, 0f, 255f);
            }
        }
    }

    private static float Of(ReadOnlySpan<byte> source, int at, int channels, float middle) =>
        source[at - channels] * Around + source[at] * middle + source[at + channels] * Around;
}
