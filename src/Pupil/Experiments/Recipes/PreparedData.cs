using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Recipes;

/// <summary>Images in their parts.</summary>
/// <param name="Splits">Where they come from.</param>
/// <param name="Train">Trained on.</param>
/// <param name="HeldOut">Selects the best epoch, or null.</param>
/// <param name="Test">Only ever measured.</param>
/// <param name="Normalization">What is taken out of all of them.</param>
public sealed record PreparedData(DataSplits Splits, ImageSubset Train, ImageSubset? HeldOut, ImageSubset Test, Normalization Normalization)
{
    /// <summary>How they are brought to the size that the networks see; null: as they are stored.</summary>
    public InputOptions? Input { get; init; }

    /// <summary>The images that the networks see.</summary>
    public ImageShape InputShape =>
        new(Splits.Train.Channels, Input?.Size ?? Splits.Train.Height, Input?.Size ?? Splits.Train.Width);

    /// <summary>Stands for the content of all parts: equal images, equal text.</summary>
    internal string Fingerprint => string.Join(' ', Splits.Parts.Select(part => part.Images.Fingerprint));

    /// <summary>Batches of one of the parts for evaluation.</summary>
    /// <param name="images">The part.</param>
    /// <param name="normalization">What is taken out: the run's, or a network's own.</param>
    /// <param name="device">Where the batches go.</param>
    public Batches ForEvaluation(ImageSubset images, Normalization normalization, Device device) =>
        Batches.ForEvaluation(images, Evaluation.BatchSize, normalization, device, Input);

    /// <summary>Checks that a network takes images of this size.</summary>
    /// <param name="file">The network's file.</param>
    /// <param name="taken">The images it takes.</param>
    /// <exception cref="UserErrorException">It takes others.</exception>
    public void CheckInput(string file, ImageShape taken)
    {
        if (taken != InputShape)
            throw new UserErrorException($"{file}: takes images of {Text(taken)}, but the recipe's data give {Text(InputShape)}; "
                + $"{Advice(taken)}.");
    }

    private static string Text(ImageShape shape) => $"{shape.Height}×{shape.Width} pixels and {shape.Channels} "
        + $"channel{(shape.Channels == 1 ? "" : "s")}";

    private string Advice(ImageShape taken) => taken.Channels == InputShape.Channels && taken.Height == taken.Width
        ? $"set data.input.size to {taken.Height}"
        : "choose the recipe it was trained by";
}
