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

    /// <summary>The parts with their names.</summary>
    public IEnumerable<(string Part, ImageSet Images)> Parts =>
        Validation is null ? [("train", Train), ("test", Test)] : [("train", Train), ("validation", Validation), ("test", Test)];
}

/// <summary>A file that was left out.</summary>
/// <param name="File">Its name.</param>
/// <param name="Reason">Its fault.</param>
public sealed record LeftOutFile(string File, string Reason);
