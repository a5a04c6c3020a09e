using static TorchSharp.torch;

namespace Pupil.Data;

/// <summary>Some images with their labels, ready for a network.</summary>
/// <param name="Images">N×C×H×W, float32, normalised, channels last in memory.</param>
/// <param name="Labels">N class numbers, int64.</param>
/// <param name="ConfiguredSize">The batch size asked for; the last batch of an epoch may have fewer images.</param>
public sealed record Batch(Tensor Images, Tensor Labels, int ConfiguredSize) : IDisposable
{
    /// <summary>N, the images really in the batch.</summary>
    public int Count => (int)Labels.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
