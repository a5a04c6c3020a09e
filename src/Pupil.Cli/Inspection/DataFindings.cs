using Pupil.Images;
using Pupil.Inference.Pictures;

namespace Pupil.Cli.Inspection;

/// <summary>What a data set holds, and what looks wrong with it.</summary>
public sealed record DataFindings
{
    /// <summary>What people call the set.</summary>
    public required string Name { get; init; }

    /// <summary>The class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Height, width and channels of the images as they are kept.</summary>
    public required ImageDimensions Shape { get; init; }

    /// <summary>The parts: train, perhaps validation, test.</summary>
    public required IReadOnlyList<PartFindings> Parts { get; init; }

    /// <summary>How many broken files were left out.</summary>
    public required int LeftOutCount { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<LeftOutFile> LeftOut { get; init; }

    /// <summary>What looks wrong, a sentence each; empty where nothing does.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>One part of a set.</summary>
public sealed record PartFindings
{
    /// <summary><c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>How many images each class has, in the order of the classes.</summary>
    public required IReadOnlyList<int> PerClass { get; init; }

    /// <summary>The mean of each channel over all pixels, where 0 is black and 1 is white.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The standard deviation of each channel, on the same scale.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <summary>How often each size of picture came before scaling, the most frequent first; empty where all came in the set's size.</summary>
    public required IReadOnlyList<SizeCount> Sizes { get; init; }

    /// <summary>The mean share of the image that the object's box covers, 0…1; null where there are no boxes.</summary>
    public required double? BoxShare { get; init; }

    /// <summary>SHA-256 of the part's images, labels and class names.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The number of images.</summary>
    public int Count => PerClass.Sum();
}

/// <summary>Height, width (in pixels) and channels of images.</summary>
public sealed record ImageDimensions(int Height, int Width, int Channels);

/// <summary>How many pictures came in a size.</summary>
public sealed record SizeCount(PictureSize Size, int Count);
