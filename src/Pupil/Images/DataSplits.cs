namespace Pupil.Images;

/// <summary>
/// What a source gives: the images to train on and the images to test with, as published. All parts have the same classes and
/// image size.
/// </summary>
/// <param name="Name">What people call the data set, for example <c>cifar10</c>.</param>
/// <param name="Train">The training split.</param>
/// <param name="Test">The test split, which never selects anything.</param>
public sealed record DataSplits(string Name, ImageSet Train, ImageSet Test)
{
    /// <summary>
    /// A part of the source's own that selects the best epoch, where it has one beside <see cref="Test"/>. Without it the recipe takes a part
    /// of <see cref="Train"/>.
    /// </summary>
    public ImageSet? Validation { get; init; }

    /// <summary>What was asked to be left out because it is broken: the file, and what is wrong with it. The first ones, where there are many.</summary>
    public IReadOnlyList<LeftOutFile> LeftOut { get; init; } = [];

    /// <summary>How many files were left out in all.</summary>
    public int LeftOutCount { get => Math.Max(field, LeftOut.Count); init; }

    /// <summary>The parts by what people call them.</summary>
    public IEnumerable<(string Part, ImageSet Images)> Parts =>
        Validation is null ? [("train", Train), ("test", Test)] : [("train", Train), ("validation", Validation), ("test", Test)];
}

/// <summary>A file that was left out.</summary>
/// <param name="File">Its name.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record LeftOutFile(string File, string Reason);
