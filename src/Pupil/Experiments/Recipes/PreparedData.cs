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
    /// <summary>The training images without labels; null if there are none.</summary>
    public ImageSubset? Unlabelled { get; init; }

    /// <summary>See <see cref="UnlabelledOptions.Share"/>.</summary>
    internal double? UnlabelledShare { get; init; }

    /// <summary>How images become the network input; null: the stored size.</summary>
    public InputOptions? Input { get; init; }

    /// <summary>The shape of one network input, C×H×W.</summary>
    public ImageShape InputShape =>
        new(Splits.Train.Channels, Input?.Size ?? Splits.Train.Height, Input?.Size ?? Splits.Train.Width);

    /// <summary>A digest of all parts: equal images give equal text.</summary>
    internal string Fingerprint => string.Join(' ', Splits.Parts.Select(part => part.Images.Fingerprint));

    /// <summary>A digest of all images that a training uses, also of those without labels.</summary>
    internal string TrainingFingerprint => Unlabelled is null ? Fingerprint : $"{Fingerprint} {Unlabelled.Set.Fingerprint}";

    /// <summary>Returns the batches of a part for evaluation.</summary>
    /// <param name="images">The part.</param>
    /// <param name="normalization">The normalisation: the run's, or a network's own.</param>
    /// <param name="device">The device of the batches.</param>
    public Batches ForEvaluation(ImageSubset images, Normalization normalization, Device device) =>
        Batches.ForEvaluation(images, Evaluation.BatchSize, normalization, device, Input);

    /// <summary>Returns the batches of a part at the size of a view; null for the students'.</summary>
    internal Batches ForEvaluation(ImageSubset images, Normalization normalization, Device device, ImageView? view) =>
        Batches.ForEvaluation(images, Evaluation.BatchSize, normalization, device, Input, view);

    /// <summary>
    /// Returns the view of the pictures that fits an expert's input; null where that is the students' input, or not square.
    /// </summary>
    /// <param name="input">The expert's input.</param>
    /// <param name="crop">See <see cref="ExpertOptions.Crop"/>.</param>
    internal ImageView? OwnViewOf(ImageShape input, double? crop) =>
        input.Height != input.Width || (input == InputShape && crop is null or 1) ? null : new ImageView(input.Height, crop ?? 1);

    /// <summary>
    /// Returns the view that an expert reads, if it shows more than the students' images scaled to the expert's input: where the pictures
    /// are stored no larger than those, it is null.
    /// </summary>
    /// <inheritdoc cref="OwnViewOf"/>
    internal ImageView? ViewOf(ImageShape input, double? crop)
    {
        int students = InputShape.Height;
        return OwnViewOf(input, crop) is { } view
            && (view.Crop < 1 || view.Size < students || Splits.Train.ForSize(view.StoredSize).Height > students) ? view : null;
    }

    /// <summary>Checks that a network takes images of this shape.</summary>
    /// <param name="file">The file of the network.</param>
    /// <param name="taken">The shape of its input.</param>
    /// <exception cref="UserErrorException">The shapes differ.</exception>
    internal void CheckInput(string file, ImageShape taken)
    {
        if (taken != InputShape)
            throw new UserErrorException($"{file}: takes images of {Text(taken)}, but the recipe has {Text(InputShape)}; {Advice(taken)}.");
    }

    /// <summary>Checks that a network takes images of as many channels; their size may differ.</summary>
    /// <param name="file">The file of the network.</param>
    /// <param name="taken">The shape of its input.</param>
    /// <exception cref="UserErrorException">The numbers of channels differ.</exception>
    internal void CheckChannels(string file, ImageShape taken)
    {
        if (taken.Channels != InputShape.Channels)
            throw new UserErrorException($"{file}: takes images of {Text(taken)}, but the recipe has {Text(InputShape)}; {Advice(taken)}.");
    }

    private static string Text(ImageShape shape) => $"{shape.Height}×{shape.Width} pixels and {shape.Channels} "
        + $"channel{(shape.Channels == 1 ? "" : "s")}";

    private string Advice(ImageShape taken) => taken.Channels == InputShape.Channels && taken.Height == taken.Width
        ? $"set data.input.size to {taken.Height}"
        : "choose the recipe it was trained by";
}
