using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>What the images of a batch are to be classified as: hard labels, soft labels, or nothing.</summary>
public abstract record Target : IDisposable
{
    /// <summary>The target of images without labels.</summary>
    public static Target None { get; } = new NoTarget();

    /// <summary>One class number for each of the N images, int64; null where an image has none, or shares in several classes.</summary>
    public virtual Tensor? Labels => null;

    /// <summary>The class numbers, for a computation that needs exactly one for each image.</summary>
    /// <exception cref="InvalidOperationException">There are none: the recipe's check has let a method pass that needs them.</exception>
    public Tensor RequiredLabels => Labels ?? throw new InvalidOperationException($"A {GetType().Name} has no class number for each image.");

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed record NoTarget : Target
    {
        public override void Dispose()
        {
        }
    }
}

/// <summary>Every image is of one class.</summary>
/// <param name="ClassNumbers">N class numbers, int64.</param>
public sealed record HardTarget(Tensor ClassNumbers) : Target
{
    /// <inheritdoc/>
    public override Tensor Labels => ClassNumbers;

    /// <inheritdoc/>
    public override void Dispose() => ClassNumbers.Dispose();
}

/// <summary>Every image is of several classes in some proportion, as mixed images are.</summary>
/// <param name="Shares">N×K, float32, rows that sum to 1.</param>
public sealed record SoftTarget(Tensor Shares) : Target
{
    /// <inheritdoc/>
    public override void Dispose() => Shares.Dispose();
}
