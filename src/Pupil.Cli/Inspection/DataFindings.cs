using System.Text.Json.Serialization;
using Pupil.Images;
using Pupil.Inference.Pictures;

namespace Pupil.Cli.Inspection;

/// <summary>The result of inspecting a data set: its content and likely defects.</summary>
internal sealed record DataFindings
{
    /// <summary>The set's name.</summary>
    public required string Name { get; init; }

    /// <summary>The class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Height, width and channels of the stored images.</summary>
    public required ImageDimensions Shape { get; init; }

    /// <summary>The parts: train, validation if there is one, test.</summary>
    public required IReadOnlyList<PartFindings> Parts { get; init; }

    /// <summary>The number of broken files that were left out.</summary>
    public required int LeftOutCount { get; init; }

    /// <summary>The first files that were left out.</summary>
    public required IReadOnlyList<LeftOutFile> LeftOut { get; init; }

    /// <summary>The likely defects, one sentence each; empty if there are none.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>The result of inspecting one part of a data set.</summary>
internal sealed record PartFindings
{
    /// <summary><c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public required string Part { get; init; }

    /// <summary>The number of images of each class, K numbers in the order of the classes.</summary>
    public required IReadOnlyList<int> PerClass { get; init; }

    /// <summary>The mean of each channel over all pixels, where 0 is black and 1 is white; C numbers.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>The standard deviation of each channel on the same scale; C numbers.</summary>
    public required IReadOnlyList<double> Deviation { get; init; }

    /// <summary>The counts of picture sizes before scaling, the most frequent first; empty if all pictures have the set's size.</summary>
    public required IReadOnlyList<SizeCount> Sizes { get; init; }

    /// <summary>The mean share of the image that the object's box covers, 0…1; null without boxes.</summary>
    public required double? BoxShare { get; init; }

    /// <summary>SHA-256 of the part's images, labels and class names.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The mean number of labels of an image with several labels; null with one label each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LabelsEach { get; init; }

    /// <summary>The number of images without a label, with several labels an image; null with one label each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? WithoutLabel { get; init; }

    /// <summary>The number of images.</summary>
    public required int Count { get; init; }
}

/// <summary>Height and width in pixels, and the number of channels of images.</summary>
internal sealed record ImageDimensions(int Height, int Width, int Channels);

/// <summary>The number of pictures of one size.</summary>
internal sealed record SizeCount(PictureSize Size, int Count);
