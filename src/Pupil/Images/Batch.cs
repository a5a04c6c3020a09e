using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>Some images with their labels, ready for a network.</summary>
/// <param name="Images">N×C×H×W, float32, normalised, channels last in memory.</param>
/// <param name="Labels">N class numbers, int64.</param>
/// <param name="ConfiguredSize">The batch size asked for; the last batch of an epoch may have fewer images.</param>
public sealed record Batch(Tensor Images, Tensor Labels, int ConfiguredSize) : IDisposable
{
    /// <summary>
    /// How much each image is of each class: N×K, float32, rows that sum to 1; null where images are not mixed, and <see cref="Labels"/> say it all.
    /// Where they are, <see cref="Labels"/> are those of the images before mixing.
    /// </summary>
    public Tensor? SoftLabels { get; init; }

    /// <summary>Where in the set each image is, N numbers; what is remembered of an image between epochs goes by it.</summary>
    public IReadOnlyList<int> Indices { get; init; } = [];

    /// <summary>
    /// Where the object lies in each image as the network sees it, null where nothing of it is in sight; empty where the set has no boxes, and in batches
    /// for training, whose random changes move objects.
    /// </summary>
    public IReadOnlyList<BoundingBox?> Boxes { get; init; } = [];

    /// <summary>N, the images really in the batch.</summary>
    public int Count => (int)Labels.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
        SoftLabels?.Dispose();
    }
}
