using System.IO.Hashing;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Transforms;

namespace Pupil.Experiments.Runs;

/// <summary>Images other than a network's own data set, on which it is measured. Their classes are matched by name.</summary>
/// <param name="Data">The images, labelled by the classes of the network.</param>
/// <param name="Images">The images that are measured.</param>
internal sealed record MeasuredImages(PreparedData Data, ImageSubset Images)
{
    /// <summary>The number of images that are left out because the network was trained on them or chosen by them.</summary>
    public int TrainedOn { get; init; }

    /// <summary>Why it is unknown whether the network was trained on some of the images; null if it is known.</summary>
    public string? Doubt { get; init; }

    /// <summary>The classes of the network of which there is no image.</summary>
    public IReadOnlyList<string> AbsentClasses { get; private init; } = [];

    /// <summary>
    /// Loads the test part of a data set, or all images of a source without one. Of those, images are left out that the network was
    /// trained on: a drawn test part would have other images as soon as one is added to the folder.
    /// </summary>
    /// <param name="options">The images, prepared as the network's own.</param>
    /// <param name="classes">The classes of the network.</param>
    /// <param name="training">Loads the network's own data set, to find the images that it was trained on.</param>
    /// <param name="context">Progress and stop.</param>
    /// <param name="labelling">The number of labels of each image by which the network was trained.</param>
    /// <exception cref="UserErrorException">
    /// The images cannot be read, have a class that the network lacks, or are all of its training.
    /// </exception>
    public static MeasuredImages Load(
        DataOptions options, IReadOnlyList<string> classes, Func<TrainingImages> training, LoadContext context,
        Labelling labelling = Labelling.One)
    {
        var splits = options.Source.Load(context with { MeasuredClasses = classes, MeasuredLabelling = labelling });
        string name = splits.Test.Name;
        if (splits.Test.Labelling != labelling)
        {
            throw new UserErrorException($"{name}: has {splits.Test.Labelling.InWords()} a picture, but the network was trained with "
                + $"{labelling.InWords()}; expected the same. List pictures with several labels in a CSV file.");
        }
        var test = Relabelled(splits.Test, classes);
        var all = ImageSubset.All(test);
        options.Input?.Check(test.Height, test.Width);
        var normalization = options.Normalization ?? Normalization.OfImages(all);
        var data = new PreparedData(splits with { Train = test, Test = test }, all, null, all, normalization) { Input = options.Input };
        var measured = new MeasuredImages(data, all);
        if (splits.IsTestDrawn)
            measured = measured.WithoutTraining(training());
        if (measured.Images.Count == 0)
        {
            throw new UserErrorException($"{name}: the network was trained on all of its {all.Count:N0} images, expected others; "
                + "measure it on its own test images, or on new ones.");
        }
        if (options.TestImages is int count && count < measured.Images.Count)
            measured = measured with { Images = measured.Images.Draw(count, RandomStream.Purpose.Subset, options.SplitSeed).Taken };
        int[] counts = test.AllLabels.CountsIn(measured.Images.Indices, classes.Count);
        return measured with { AbsentClasses = [.. classes.Where((_, label) => counts[label] == 0)] };
    }

    private MeasuredImages WithoutTraining(TrainingImages training)
    {
        if (training.Data is not { } own)
            return this with { Doubt = training.Doubt };
        var known = new HashSet<UInt128>();
        foreach (var part in own.HeldOut is { } heldOut ? new[] { own.Train, heldOut } : [own.Train])
            known.UnionWith(part.Indices.Select(i => XxHash128.HashToUInt128(part.Set.Image(i))));
        int[] others = [.. Images.Indices.Where(i => !known.Contains(XxHash128.HashToUInt128(Images.Set.Image(i))))];
        return this with { Images = Images with { Indices = others }, TrainedOn = Images.Count - others.Length, Doubt = training.Doubt };
    }

    // A set with classes of its own: those of which it has images must be classes of the network.
    private static ImageSet Relabelled(ImageSet images, IReadOnlyList<string> classes)
    {
        if (images.Classes.SequenceEqual(classes))
            return images;
        var names = ClassNames.InOrder(classes);
        int?[] labels = [.. images.Classes.Select(names.LabelOf)];
        int[] counts = images.AllLabels.CountsIn(Enumerable.Range(0, images.Count), images.Classes.Count);
        int unknown = Enumerable.Range(0, counts.Length).FirstOrDefault(label => counts[label] > 0 && labels[label] is null, -1);
        return unknown < 0 ? images.WithClasses(classes, images.AllLabels.Mapped(label => labels[label]!.Value))
            : throw names.Lacks(images.Name, images.Classes[unknown]);
    }
}

/// <summary>The data set of a network's training.</summary>
/// <param name="Data">Its images; null if they cannot be loaded.</param>
/// <param name="Doubt">Why they are not, or may not be, the images of the training; null if they are.</param>
internal sealed record TrainingImages(PreparedData? Data, string? Doubt)
{
    /// <summary>Loads the images of a recipe.</summary>
    /// <param name="options">The recipe's data.</param>
    /// <param name="fingerprint">The fingerprint of the images of the training; empty if it was not recorded.</param>
    /// <param name="context">Progress and stop.</param>
    public static TrainingImages Load(DataOptions options, string fingerprint, LoadContext context)
    {
        try
        {
            var data = options.Prepare(context);
            return new(data, DoubtAbout(data, fingerprint));
        }
        catch (UserErrorException error)
        {
            return new(null, $"its training images cannot be read ({error.Message})");
        }
    }

    /// <summary>Returns why images are not those of a training; null if they are, or if the training did not record them.</summary>
    /// <param name="data">The images.</param>
    /// <param name="fingerprint">The fingerprint of the images of the training; empty if it was not recorded.</param>
    public static string? DoubtAbout(PreparedData data, string fingerprint) =>
        fingerprint.Length == 0 || fingerprint == data.Fingerprint ? null
            : "the images of its data set have changed since the training, and with them the drawn parts";
}
