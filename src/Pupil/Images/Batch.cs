using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>Images with their target, ready for a network.</summary>
/// <param name="Images">N×C×H×W, float32, normalised, channels last in memory.</param>
/// <param name="Target">What they are to be classified as.</param>
/// <param name="ConfiguredSize">The batch size asked for; the last batch of an epoch may have fewer images.</param>
public sealed record Batch(Tensor Images, Target Target, int ConfiguredSize) : IDisposable
{
    /// <summary>The position of each image in the set, N numbers; what is remembered of an image between epochs goes by it.</summary>
    public IReadOnlyList<int> Indices { get; init; } = [];

    /// <summary>
    /// The object's box in each image as the network receives it, null where nothing of it is inside. Empty where the set has no boxes, and in batches
    /// for training, whose random changes move objects.
    /// </summary>
    public IReadOnlyList<BoundingBox?> Boxes { get; init; } = [];

    /// <summary>N, the images really in the batch.</summary>
    public int Count => (int)Images.shape[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Target.Dispose();
    }
}
