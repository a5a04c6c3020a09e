using System.Text.Json.Serialization;

namespace Pupil.Training;

/// <summary>The accuracy of a network on a set of images.</summary>
/// <param name="Top1">
/// The share of images whose class has the highest logit, 0…1. With several labels an image, the share of images whose classes are all
/// decided right, none missing and none too many.
/// </param>
/// <param name="Top5">
/// The share of images whose class is among the five highest logits (of all, if there are fewer), 0…1; null with several labels an image.
/// </param>
/// <param name="CrossEntropy">The mean cross-entropy over the images, in nats; with several labels, the sum over the classes.</param>
/// <param name="Images">The number of images.</param>
public sealed record Accuracy(double Top1, double? Top5, double CrossEntropy, int Images)
{
    // Above this ratio of the largest class to the smallest, the accuracy hides what happens to small classes.
    private const double Uneven = 1.5;

    /// <summary>
    /// The balanced accuracy: the mean of <see cref="ClassAccuracy.Share"/> over the classes with images, 0…1; null in older records.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Balanced { get; init; }

    /// <summary>The scores with several labels an image; null with one label each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LabelSetScores? LabelSets { get; init; }

    /// <summary>
    /// The score by which networks are compared, 0…1: the mean average precision with several labels an image, else <see cref="Top1"/>.
    /// </summary>
    [JsonIgnore]
    public double Score => LabelSets?.MeanAveragePrecision ?? Top1;

    /// <summary>Whether the labels are the answers of the expert, so that it is the agreement with the expert. Default false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsAgreement { get; init; }

    /// <summary>The name of <see cref="Score"/>: <c>mAP</c>, <c>accuracy</c>, or the agreement that either is.</summary>
    [JsonIgnore]
    public string ScoreName => (LabelSets, IsAgreement) switch
    {
        (null, false) => "accuracy",
        (null, true) => "agreement with the expert",
        (_, false) => "mAP",
        _ => "mAP against the expert",
    };

    /// <summary>
    /// The accuracy for the images of each class, by class number; null in older records and in those of epochs before the last.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ClassAccuracy>? Classes { get; init; }

    /// <summary>The attention of each stage on objects, by the stage's name; null if the images have no boxes.</summary>
    public IReadOnlyDictionary<string, StageFocus>? Focus { get; init; }

    /// <summary>Whether the largest class has more than 1.5 times the images of the smallest one; false in older records.</summary>
    [JsonIgnore]
    public bool IsUneven => Classes?.Where(each => each.Images > 0).Select(each => each.Images).ToList() is [_, _, ..] counts
        && counts.Max() > Uneven * counts.Min();

    /// <summary>Returns the accuracy without that of each class, which would make the record of every epoch long.</summary>
    internal Accuracy WithoutClasses() => this with { Classes = null };

    /// <summary>Whether all numbers are equal.</summary>
    public bool Equals(Accuracy? other) => other is not null
        && (Top1, Top5, CrossEntropy, Images, Balanced) == (other.Top1, other.Top5, other.CrossEntropy, other.Images, other.Balanced)
        && (LabelSets, IsAgreement) == (other.LabelSets, other.IsAgreement)
        && (Classes ?? []).SequenceEqual(other.Classes ?? [])
        && (Focus ?? Nowhere).SequenceEqual(other.Focus ?? Nowhere);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Top1, Top5, CrossEntropy, Images);

    private static readonly IReadOnlyDictionary<string, StageFocus> Nowhere = new Dictionary<string, StageFocus>();
}

/// <summary>The accuracy for the images of one class.</summary>
/// <param name="Right">
/// The number of its images for which it has the highest logit; with several labels an image, for which it reaches its threshold.
/// </param>
/// <param name="Images">The number of its images.</param>
public sealed record ClassAccuracy(int Right, int Images)
{
    /// <summary>The average precision of the class with several labels an image, 0…1; null with one label, or without images.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AveragePrecision { get; init; }

    /// <summary>The class's recall: <see cref="Right"/> as a share of its images, 0…1; null without images.</summary>
    [JsonIgnore]
    public double? Share => Images > 0 ? (double)Right / Images : null;
}
