using Pupil.Inference.Pictures;

namespace Pupil.Images;

/// <summary>
/// The splits of a data set as published: training images and test images. All parts have the same classes and image size.
/// </summary>
/// <param name="Name">The name of the data set, such as <c>cifar10</c>.</param>
/// <param name="Train">The training split.</param>
/// <param name="Test">The test split, which selects nothing.</param>
public sealed record DataSplits(string Name, ImageSet Train, ImageSet Test)
{
    /// <summary>
    /// A part of the data set that selects the best epoch, if it has one beside <see cref="Test"/>. Without it, the recipe takes a part of
    /// <see cref="Train"/>.
    /// </summary>
    public ImageSet? Validation { get; init; }

    /// <summary>The first of the broken files that were left out on request, each with its fault.</summary>
    public IReadOnlyList<LeftOutFile> LeftOut { get; init; } = [];

    /// <summary>The number of all files that were left out.</summary>
    public int LeftOutCount { get => Math.Max(field, LeftOut.Count); init; }

    /// <summary>The number of files in a folder that are no pictures, by their kind (an extension such as <c>.txt</c>).</summary>
    public IReadOnlyDictionary<string, int> PassedOver { get; init; } = new Dictionary<string, int>();

    /// <summary>The number of pictures in formats that cannot be read, by their format (such as <c>HEIC</c>).</summary>
    public IReadOnlyDictionary<string, int> Unread { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether the source has no test part of its own: <see cref="Test"/> is drawn from its images.</summary>
    public bool IsTestDrawn { get; init; }

    /// <summary>How pictures became squares; null if that is unknown or does not apply.</summary>
    internal PictureFit? Fit { get; init; }

    /// <summary>Returns the same parts at another stored size; those that lack it keep theirs.</summary>
    internal DataSplits AtSize(int size) =>
        this with { Train = Train.ForSize(size), Test = Test.ForSize(size), Validation = Validation?.ForSize(size) };

    /// <summary>Adds the same parts, decoded to another size, for teachers that read it.</summary>
    /// <exception cref="UserErrorException">The images are others: files have changed.</exception>
    internal void AddSizes(DataSplits others)
    {
        var pairs = Parts.Zip(others.Parts, (own, other) => (Own: own.Images, Other: other.Images)).ToList();
        if (Parts.Count() != others.Parts.Count() || pairs.Any(pair => !pair.Own.AllLabels.IsSame(pair.Other.AllLabels)))
            throw new UserErrorException($"{Name}: the pictures have changed since they were first read, expected the same; start again.");
        foreach (var (own, other) in pairs)
            own.AddSize(other);
    }

    /// <summary>The parts with their names.</summary>
    public IEnumerable<(string Part, ImageSet Images)> Parts =>
        Validation is null ? [("train", Train), ("test", Test)] : [("train", Train), ("validation", Validation), ("test", Test)];
}

/// <summary>A file that was left out.</summary>
/// <param name="File">Its name.</param>
/// <param name="Reason">Its fault.</param>
public sealed record LeftOutFile(string File, string Reason);
