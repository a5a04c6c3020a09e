namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>An image that is changed in place.</summary>
/// <param name="pixels">H×W×C bytes.</param>
/// <param name="spare">Room for as many.</param>
/// <param name="height">H.</param>
/// <param name="width">W.</param>
/// <param name="channels">C, 1 or 3.</param>
internal readonly ref struct Raster(Span<byte> pixels, Span<byte> spare, int height, int width, int channels)
{
    public Span<byte> Pixels { get; } = pixels;

    public Span<byte> Spare { get; } = spare;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Channels { get; } = channels;

    /// <summary>The pixels as they are now, in <see cref="Spare"/>.</summary>
    public ReadOnlySpan<byte> Copy()
    {
        Pixels.CopyTo(Spare);
        return Spare[..Pixels.Length];
    }
}
