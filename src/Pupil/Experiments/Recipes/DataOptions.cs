using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;

namespace Pupil.Experiments.Recipes;

/// <summary>Which images, and how they are prepared.</summary>
public sealed record DataOptions
{
    /// <summary>Where they come from. Default the built-in <c>shapes</c>.</summary>
    [Description("Where the images come from.")]
    public DataSource Source { get; init; } = new ShapesOptions();

    /// <summary>How many images are trained on, every class keeping its share; null: all that are not held out.</summary>
    [Description("How many images to train on, each class keeping its share; null for all that are not held out."), Range(1, int.MaxValue)]
    public int? TrainImages { get; init; }

    /// <summary>How many images of the test split are taken; null: all.</summary>
    [Description("How many test images to take; null for all."), Range(1, int.MaxValue)]
    public int? TestImages { get; init; }

    /// <summary>
    /// How many images of the training split nothing is trained on, the expert included; they select the best epoch. Default 0: the source's own
    /// validation part selects it, or nothing where there is none.
    /// </summary>
    [Description("How many images of the training split are held out to select the best epoch; 0: the source's own validation part if it has one, else none: the last epoch stands.")]
    [Range(0, int.MaxValue)]
    public int HeldOut { get; init; }

    /// <summary>What both draws follow from; apart from the recipe's seed, so that several seeds learn from the same images. Default 0.</summary>
    [Description("What the draw of images and of the held-out part follows from."), Range(0, int.MaxValue)]
    public int SplitSeed { get; init; }

    /// <summary>The statistics that are taken out; null: those of the images trained on.</summary>
    [Description("The statistics taken out of the images; null: computed from the images trained on.")]
    public Normalization? Normalization { get; init; }

    /// <summary>The size of the images that the networks see; null: as they are stored.</summary>
    [Description("The size of the images that the networks see; null: as they are stored.")]
    public InputOptions? Input { get; init; }

    /// <summary>Random changes of the training images.</summary>
    [Description("Random changes of the training images.")]
    public Augmentation Augmentation { get; init; } = new();

    /// <summary>Reads the images and draws the parts.</summary>
    /// <param name="setting">Where to keep what is worked out, and whom to tell how far it is.</param>
    /// <exception cref="UserErrorException">A file is missing or broken, or a part asks for more than there is.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public PreparedData Prepare(LoadContext? setting = null) => Prepare(Source.Load(setting));

    /// <summary>Draws the parts of images that are in memory already.</summary>
    internal PreparedData Prepare(DataSplits splits)
    {
        var all = ImageSubset.All(splits.Train);
        if (HeldOut >= all.Count)
            throw new UserErrorException($"data.heldOut: found {HeldOut}, but the training split has {all.Count} images; leave some to train on.");
        // Held out first: the part is the same however many images are then trained on, and smaller draws lie within larger ones.
        var (heldOut, train) = all.Draw(HeldOut, RandomStream.Purpose.HeldOut, SplitSeed);
        if (TrainImages is int trainImages)
            train = train.Draw(trainImages, RandomStream.Purpose.Subset, SplitSeed).Taken;
        var test = ImageSubset.All(splits.Test);
        if (TestImages is int testImages)
            test = test.Draw(testImages, RandomStream.Purpose.Subset, SplitSeed).Taken;
        var normalization = Normalization ?? Images.Transforms.Normalization.OfImages(train);
        normalization.Check(splits.Train.Channels);
        Input?.Check(splits.Train.Height, splits.Train.Width);
        var selecting = HeldOut > 0 ? heldOut : splits.Validation is null ? null : ImageSubset.All(splits.Validation);
        return new PreparedData(splits, train, selecting, test, normalization) { Input = Input };
    }
}
