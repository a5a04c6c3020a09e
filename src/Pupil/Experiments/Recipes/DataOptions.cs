using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;

namespace Pupil.Experiments.Recipes;

/// <summary>The origin of the labels.</summary>
public enum LabelOrigin
{
    /// <summary>The source of the images.</summary>
    Source,

    /// <summary>The answers of the recipe's expert, a file with classes.</summary>
    Expert,
}

/// <summary>The images that networks are measured on.</summary>
public enum MeasuredPart
{
    /// <summary>The test images.</summary>
    Test,

    /// <summary>The held-out images: the test images are left alone, as in a search.</summary>
    HeldOut,
}

/// <summary>The images of a recipe, their parts and their preparation.</summary>
public sealed record DataOptions
{
    /// <summary>The source of the images. Default the built-in <c>shapes</c>.</summary>
    [Description("The source of the images.")]
    public DataSource Source { get; init; } = new ShapesOptions();

    /// <summary>The number of training images, each class keeping its share; null for all that are not held out.</summary>
    [Description("How many images to train on, each class keeping its share; null for all that are not held out."), Range(1, int.MaxValue)]
    public int? TrainImages { get; init; }

    /// <summary>
    /// Where the labels come from. With <see cref="LabelOrigin.Expert"/> the pictures need none: the students learn from the expert alone,
    /// and are measured by their agreement with it. Default the source.
    /// </summary>
    [Description("Where the labels come from: source, or expert for pictures without any labels. The students then learn from the expert "
        + "alone, and are measured by their agreement with it.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public LabelOrigin Labels { get; init; }

    /// <summary>Images without labels, which methods with an expert learn from beside the labelled ones. Default null: none.</summary>
    [Description("Images without labels, from which methods with an expert learn beside the labelled ones; null: none.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UnlabelledOptions? Unlabelled { get; init; }

    /// <summary>The number of test images, each class keeping its share; null for all.</summary>
    [Description("How many test images to take; null for all."), Range(1, int.MaxValue)]
    public int? TestImages { get; init; }

    /// <summary>
    /// The number of images of the training split that are held out to select the best epoch. No network trains on them, the expert
    /// included. Default 0: the source's own validation part selects the epoch; without one, the last epoch counts.
    /// </summary>
    [Description("How many images of the training split are held out to select the best epoch; "
        + "0: the source's own validation part if it has one, else none: the last epoch stands.")]
    [Range(0, int.MaxValue)]
    public int HeldOut { get; init; }

    /// <summary>The seed of both draws; not the recipe's, so that runs with several seeds use the same images. Default 0.</summary>
    [Description("The seed for the draw of images and of the held-out part."), Range(0, int.MaxValue)]
    public int SplitSeed { get; init; }

    /// <summary>The images that networks are measured on. A search measures held-out images alone. Default the test images.</summary>
    [Description("The images that networks are measured on: test, or held-out, which leaves the test images alone, as a search does.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public MeasuredPart Measure { get; init; }

    /// <summary>The images that networks are measured on, in words.</summary>
    internal string MeasuredName => Measure == MeasuredPart.HeldOut ? "held-out" : "test";

    /// <summary>Whether the seeds decide on which images networks train.</summary>
    internal bool DrawsTraining => TrainImages is not null || HeldOut > 0 || Labels == LabelOrigin.Expert;

    /// <summary>
    /// Added to <see cref="SplitSeed"/> for the draw of training and held-out images, not for that of test images: the seed of a comparison
    /// whose seeds draw their own parts. Default 0.
    /// </summary>
    [Description("Added to splitSeed for the draw of training and held-out images, not of test images."), Range(0, int.MaxValue)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PartSeed { get; init; }

    private long PartsSeed => (long)SplitSeed + PartSeed;

    /// <summary>The mean and deviation for normalising the images; null: computed from the training images.</summary>
    [Description("The mean and deviation for normalising the images; null: computed from the training images.")]
    public Normalization? Normalization { get; init; }

    /// <summary>The size of the network input; null: the stored size.</summary>
    [Description("The size of the network input; null: the stored size.")]
    public InputOptions? Input { get; init; }

    /// <summary>Random changes of the training images.</summary>
    [Description("Random changes of the training images.")]
    public Augmentation Augmentation { get; init; } = new();

    /// <summary>Loads the images and draws the parts.</summary>
    /// <param name="context">The context of loading: cache, progress and stop; null for the defaults.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged, or a part needs more images than there are.</exception>
    /// <exception cref="OperationCanceledException">Loading was stopped.</exception>
    public PreparedData Prepare(LoadContext? context = null)
    {
        if (Labels == LabelOrigin.Expert)
            return PrepareUnlabelled(Source.LoadUnlabelled(context ?? new LoadContext()));
        var splits = Source.Load(context);
        return Prepare(splits, Unlabelled?.Load(Source, splits.Train, context ?? new LoadContext()));
    }

    // All parts are drawn from one set, whose labels come later.
    private PreparedData PrepareUnlabelled(ImageSet set)
    {
        if (Measure == MeasuredPart.HeldOut)
        {
            throw new UserErrorException(
                "data.measure: found held-out, which needs labels; expected test where the expert makes the labels.");
        }
        const int FewestTests = 1, ShareOfTests = 5;
        int tests = TestImages ?? Math.Max(FewestTests, set.Count / ShareOfTests);
        if (tests + HeldOut >= set.Count)
        {
            throw new UserErrorException($"data: found {set.Count:N0} pictures, expected more than the {tests:N0} test and {HeldOut:N0} "
                + "held-out ones; set data.testImages or data.heldOut lower.");
        }
        var (test, others) = ImageSubset.All(set).Draw(tests, RandomStream.Purpose.TestPart, SplitSeed);
        var (heldOut, train) = others.Draw(HeldOut, RandomStream.Purpose.HeldOut, PartsSeed);
        if (TrainImages is int trainImages)
            train = train.Draw(trainImages, RandomStream.Purpose.Subset, PartsSeed).Taken;
        var normalization = Normalization ?? Images.Transforms.Normalization.OfImages(train);
        normalization.Check(set.Channels);
        Input?.Check(set.Height, set.Width);
        var splits = new DataSplits(set.Name, set, set) { IsTestDrawn = true };
        return new PreparedData(splits, train, HeldOut > 0 ? heldOut : null, test, normalization)
        {
            Input = Input,
            Unlabelled = train,
            UnlabelledShare = 1,
        };
    }

    /// <summary>Draws the parts of loaded images.</summary>
    /// <param name="splits">The labelled images.</param>
    /// <param name="unlabelled">The unlabelled ones of another source; null without one.</param>
    internal PreparedData Prepare(DataSplits splits, ImageSet? unlabelled = null)
    {
        var all = ImageSubset.All(splits.Train);
        if (HeldOut >= all.Count)
            throw new UserErrorException($"data.heldOut: found {HeldOut}, expected less than the training split's {all.Count} images.");
        // Held out first: this part does not depend on the number of training images, and smaller draws are parts of larger ones.
        var (heldOut, train) = all.Draw(HeldOut, RandomStream.Purpose.HeldOut, PartsSeed);
        var rest = train with { Indices = [] };
        if (TrainImages is int trainImages)
            (train, rest) = train.Draw(trainImages, RandomStream.Purpose.Subset, PartsSeed);
        var test = ImageSubset.All(splits.Test);
        if (TestImages is int testImages)
            test = test.Draw(testImages, RandomStream.Purpose.Subset, SplitSeed).Taken;
        var normalization = Normalization ?? Images.Transforms.Normalization.OfImages(train);
        normalization.Check(splits.Train.Channels);
        Input?.Check(splits.Train.Height, splits.Train.Width);
        var selecting = HeldOut > 0 ? heldOut : splits.Validation is null ? null : ImageSubset.All(splits.Validation);
        if (Measure == MeasuredPart.HeldOut)
        {
            test = selecting ?? throw new UserErrorException(
                "data.heldOut: found 0, expected held-out images to measure; set it to a tenth of the training images, for example.");
        }
        return new PreparedData(splits, train, selecting, test, normalization)
        {
            Input = Input,
            Unlabelled = Unlabelled?.Draw(unlabelled is null ? rest : ImageSubset.All(unlabelled), PartsSeed),
            UnlabelledShare = Unlabelled?.Share,
        };
    }
}
