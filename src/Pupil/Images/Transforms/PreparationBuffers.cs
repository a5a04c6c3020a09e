using Pupil.Inference.Pictures;

namespace Pupil.Images.Transforms;

/// <summary>What preparing an image needs room for; one for each thread, used again for the next image.</summary>
/// <param name="height">Of the input, in pixels.</param>
/// <param name="width">Of the input, in pixels.</param>
/// <param name="channels">C.</param>
internal sealed class PreparationBuffers(int height, int width, int channels)
{
    /// <summary>An image scaled to the input's size.</summary>
    public byte[] Scaled { get; } = new byte[height * width * channels];

    /// <summary>The image as the network sees it, in bytes.</summary>
    public byte[] Picture { get; } = new byte[height * width * channels];

    /// <summary>Where each row comes from, in bytes from the image's start, or −1 for black.</summary>
    public int[] Rows { get; } = new int[height];

    /// <summary>Where each column comes from, in bytes from the row's start, or −1 for black.</summary>
    public int[] Columns { get; } = new int[width];

    /// <summary>Scales.</summary>
    public Resampling Resampling { get; } = new();
}
