using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>The target of classification for a batch: hard labels, soft labels, label sets, or none.</summary>
public abstract record Target : IDisposable
{
    /// <summary>The target of images without labels.</summary>
    public static Target None { get; } = new NoTarget();

    /// <summary>One class number for each of the N images, int64; null if an image has none, or shares of several classes.</summary>
    public virtual Tensor? Labels => null;

    /// <summary>The class numbers, for a computation that needs one for each image.</summary>
    /// <exception cref="InvalidOperationException">There are none: a defect, since the recipe's check refuses such a method.</exception>
    public Tensor RequiredLabels =>
        Labels ?? throw new InvalidOperationException($"A {GetType().Name} has no class number for each image.");

    /// <summary>Whether the labels are the answers of an expert. Default false.</summary>
    internal bool AreAnswers { get; init; }

    /// <summary>How a cross-entropy takes the target: class weights and smoothing. Default none.</summary>
    public LabelWeighting Weighting { get; init; } = LabelWeighting.None;

    /// <summary>The factor of the mean of a cross-entropy; see <see cref="WholeBatch.Scaled"/>. Default 1.</summary>
    internal double Scale { get; init; } = 1;

    /// <summary>The divisor of the mean of a cross-entropy: the number of labelled images, or the sum of their weights.</summary>
    internal abstract double Mass { get; }

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed record NoTarget : Target
    {
        internal override double Mass => 0;

        public override void Dispose()
        {
        }
    }
}

/// <summary>The target of a batch whose first images have labels, and the others none.</summary>
/// <param name="Labelled">The target of the first images.</param>
/// <param name="Count">The number of images with labels.</param>
public sealed record PartialTarget(Target Labelled, int Count) : Target
{
    internal override double Mass => Labelled.Mass;

    /// <inheritdoc/>
    public override void Dispose() => Labelled.Dispose();
}

/// <summary>Hard labels: one class for each image.</summary>
/// <param name="ClassNumbers">N class numbers, int64.</param>
public sealed record HardTarget(Tensor ClassNumbers) : Target
{
    /// <inheritdoc/>
    public override Tensor Labels => ClassNumbers;

    // With class weights, PyTorch divides by their sum over the labels.
    internal override double Mass => Weighting.Weights is not { } weights ? ClassNumbers.shape[0]
        : ClassNumbers.cpu().data<long>().Sum(label => (double)weights[(int)label]);

    /// <inheritdoc/>
    public override void Dispose() => ClassNumbers.Dispose();
}

/// <summary>Soft labels: shares of several classes for each image, such as for mixed images.</summary>
/// <param name="Shares">N×K, float32, rows that sum to 1.</param>
public sealed record SoftTarget(Tensor Shares) : Target
{
    internal override double Mass => Shares.shape[0];

    /// <inheritdoc/>
    public override void Dispose() => Shares.Dispose();
}

/// <summary>Label sets: each class is present in an image or not, independently of the others.</summary>
/// <param name="Members">
/// N×K, float32: 1 for each class of an image and 0 for all others; of mixed images, the shares of both, 0…1.
/// </param>
public sealed record LabelSetTarget(Tensor Members) : Target
{
    internal override double Mass => Members.shape[0];

    /// <inheritdoc/>
    public override void Dispose() => Members.Dispose();
}
