using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Recipes;

/// <summary>Loaded images in their parts.</summary>
/// <param name="Splits">The splits of the data set.</param>
/// <param name="Train">The training images.</param>
/// <param name="HeldOut">The images that select the best epoch; null if none do.</param>
/// <param name="Test">The test images, which are only measured.</param>
/// <param name="Normalization">The normalisation of all parts.</param>
public sealed record PreparedData(DataSplits Splits, ImageSubset Train, ImageSubset? HeldOut, ImageSubset Test, Normalization Normalization)
{
    /// <summary>How images become the network input; null: the stored size.</summary>
    public InputOptions? Input { get; init; }

    /// <summary>The shape of one network input, C×H×W.</summary>
    public ImageShape InputShape =>
        new(Splits.Train.Channels, Input?.Size ?? Splits.Train.Height, Input?.Size ?? Splits.Train.Width);

    /// <summary>A digest of all parts: equal images give equal text.</summary>
    internal string Fingerprint => string.Join(' ', Splits.Parts.Select(part => part.Images.Fingerprint));

    /// <summary>Returns the batches of a part for evaluation.</summary>
    /// <param name="images">The part.</param>
    /// <param name="normalization">The normalisation: the run's, or a network's own.</param>
    /// <param name="device">The device of the batches.</param>
    public Batches ForEvaluation(ImageSubset images, Normalization normalization, Device device) =>
        Batches.ForEvaluation(images, Evaluation.BatchSize, normalization, device, Input);

    /// <summary>Checks that a network takes images of this shape.</summary>
    /// <param name="file">The file of the network.</param>
    /// <param name="taken">The shape of its input.</param>
    /// <exception cref="UserErrorException">The shapes differ.</exception>
    internal void CheckInput(string file, ImageShape taken)
    {
        if (taken != InputShape)
            throw new UserErrorException($"{file}: takes images of {Text(taken)}, but the recipe has {Text(InputShape)}; {Advice(taken)}.");
    }

    private static string Text(ImageShape shape) => $"{shape.Height}×{shape.Width} pixels and {shape.Channels} "
        + $"channel{(shape.Channels == 1 ? "" : "s")}";

    private string Advice(ImageShape taken) => taken.Channels == InputShape.Channels && taken.Height == taken.Width
        ? $"set data.input.size to {taken.Height}"
        : "choose the recipe it was trained by";
}
