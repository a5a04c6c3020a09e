namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>
/// Pillow's filter <c>SMOOTH</c>: every pixel becomes the weighted mean of its 3×3 neighbourhood, with weight 5 for itself and 1 for the
/// others. Edge pixels stay unchanged.
/// </summary>
internal static class Smoothing
{
    // Pillow divides the weights by their sum first, in float32.
    private const float Around = 1f / 13, Middle = 5f / 13;

    /// <summary>Smooths an image.</summary>
    /// <param name="source">H×W×C bytes.</param>
    /// <param name="target">Receives H×W×C bytes; must not overlap the source.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
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
                sum += WeightedLine(source, at + line, channels, Around);
                sum += WeightedLine(source, at, channels, Middle);
                sum += WeightedLine(source, at - line, channels, Around);
                target[at] = (byte)Math.Clamp(sum, 0f, 255f);
            }
        }
    }

    private static float WeightedLine(ReadOnlySpan<byte> source, int at, int channels, float middle) =>
        source[at - channels] * Around + source[at] * middle + source[at + channels] * Around;
}
