namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>An image that is changed in place.</summary>
/// <param name="pixels">H×W×C bytes.</param>
/// <param name="spare">A buffer of at least H×W×C bytes.</param>
/// <param name="height">H, in pixels.</param>
/// <param name="width">W, in pixels.</param>
/// <param name="channels">C, 1 or 3.</param>
internal readonly ref struct Raster(Span<byte> pixels, Span<byte> spare, int height, int width, int channels)
{
    /// <summary>The image: H×W×C bytes.</summary>
    public Span<byte> Pixels { get; } = pixels;

    /// <summary>The buffer for a copy of the image.</summary>
    public Span<byte> Spare { get; } = spare;

    /// <summary>H, in pixels.</summary>
    public int Height { get; } = height;

    /// <summary>W, in pixels.</summary>
    public int Width { get; } = width;

    /// <summary>C, 1 or 3.</summary>
    public int Channels { get; } = channels;

    /// <summary>Copies the current pixels to <see cref="Spare"/> and returns the copy.</summary>
    public ReadOnlySpan<byte> Copy()
    {
        Pixels.CopyTo(Spare);
        return Spare[..Pixels.Length];
    }
}
