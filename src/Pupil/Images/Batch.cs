using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>Images with their target, ready for a network.</summary>
/// <param name="Images">N×C×H×W, float32, normalised, channels last in memory.</param>
/// <param name="Target">The labels: hard, soft, sets, or none.</param>
/// <param name="ConfiguredSize">The configured batch size; the last batch of an epoch may have fewer images.</param>
public sealed record Batch(Tensor Images, Target Target, int ConfiguredSize) : IDisposable
{
    /// <summary>The indices of the images in the set, N numbers; state that is kept per image uses them.</summary>
    public IReadOnlyList<int> Indices { get; init; } = [];

    /// <summary>
    /// The object's box in each image as the network receives it; null where none of it is inside. Empty if the set has no boxes, and in
    /// training batches, whose random changes move objects.
    /// </summary>
    public IReadOnlyList<BoundingBox?> Boxes { get; init; } = [];

    /// <summary>The images at other sizes; null where only these are there.</summary>
    internal BatchViews? Views { get; init; }

    /// <summary>Returns the images of a view: N×C×H×W. Null, and a batch without views, gives <see cref="Images"/>.</summary>
    internal Tensor ImagesAt(ImageView? view) => view is null || Views is null ? Images : Views.At(view);

    /// <summary>Whether a tensor is that of the images, at any size.</summary>
    internal bool Holds(Tensor images) => ReferenceEquals(images, Images) || Views?.Holds(images) == true;

    /// <summary>The whole batch, of which another process computes the other images; null: this one has all images.</summary>
    internal WholeBatch? Whole { get; init; }

    /// <summary>N, the number of images in the batch.</summary>
    public int Count => (int)Images.shape[0];

    /// <summary>
    /// Returns the batch with target and indices of all images, for outputs of all of them. Its images are still those of the share.
    /// </summary>
    internal Batch AsWhole() => Whole is null ? this : this with { Target = Whole.Target, Indices = Whole.Indices };

    /// <summary>The number of images in the whole batch, over all processes.</summary>
    internal int WholeCount => Whole?.Indices.Count ?? Count;

    /// <summary>Whether its tensors are shared, so that <see cref="Dispose"/> keeps them. Default false.</summary>
    internal bool IsLent { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsLent)
            return;
        Images.Dispose();
        Views?.Dispose();
        Target.Dispose();
        Whole?.Target.Dispose();
    }
}
