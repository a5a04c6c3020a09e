using Pupil.Inference.Pictures;

namespace Pupil.Images.Transforms;

/// <summary>The buffers of <see cref="ImagePreparation"/>: one per thread, reused for every image.</summary>
/// <param name="height">H of the network input, in pixels.</param>
/// <param name="width">W of the network input, in pixels.</param>
/// <param name="channels">C.</param>
internal sealed class PreparationBuffers(int height, int width, int channels)
{
    /// <summary>The image scaled to the input size: H×W×C bytes.</summary>
    public byte[] Scaled { get; } = new byte[height * width * channels];

    /// <summary>The network input before normalisation: H×W×C bytes.</summary>
    public byte[] Picture { get; } = new byte[height * width * channels];

    /// <summary>The source of each row, in bytes from the image's start; −1 for black.</summary>
    public int[] Rows { get; } = new int[height];

    /// <summary>The source of each column, in bytes from the row's start; −1 for black.</summary>
    public int[] Columns { get; } = new int[width];

    /// <summary>The resampler with its buffers.</summary>
    public Resampling Resampling { get; } = new();
}
