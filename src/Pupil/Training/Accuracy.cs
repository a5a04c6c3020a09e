using System.Text.Json.Serialization;

namespace Pupil.Training;

/// <summary>The accuracy of a network on a set of images.</summary>
/// <param name="Top1">The share of images whose class has the highest logit, 0…1.</param>
/// <param name="Top5">The share of images whose class is among the five highest logits (of all, if there are fewer), 0…1.</param>
/// <param name="CrossEntropy">The mean cross-entropy, in nats.</param>
/// <param name="Images">The number of images.</param>
public sealed record Accuracy(double Top1, double Top5, double CrossEntropy, int Images)
{
    // Above this ratio of the largest class to the smallest, the accuracy hides what happens to small classes.
    private const double Uneven = 1.5;

    /// <summary>
    /// The balanced accuracy: the mean of <see cref="ClassAccuracy.Share"/> over the classes with images, 0…1; null in older records.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Balanced { get; init; }

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
        && (Classes ?? []).SequenceEqual(other.Classes ?? [])
        && (Focus ?? Nowhere).SequenceEqual(other.Focus ?? Nowhere);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Top1, Top5, CrossEntropy, Images);

    private static readonly IReadOnlyDictionary<string, StageFocus> Nowhere = new Dictionary<string, StageFocus>();
}

/// <summary>The accuracy for the images of one class.</summary>
/// <param name="Right">The number of its images for which it has the highest logit.</param>
/// <param name="Images">The number of its images.</param>
public sealed record ClassAccuracy(int Right, int Images)
{
    /// <summary>The class's recall: the share of its images for which it has the highest logit, 0…1; null without images.</summary>
    [JsonIgnore]
    public double? Share => Images > 0 ? (double)Right / Images : null;
}
