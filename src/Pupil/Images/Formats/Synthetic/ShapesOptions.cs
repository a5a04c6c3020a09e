using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Images.Formats.Synthetic;

/// <summary>The options of the built-in data set <c>shapes</c>: size, counts and seed.</summary>
[Variant("shapes")]
public sealed record ShapesOptions : DataSource
{
    internal const int SmallestSize = 16, LargestSize = 64, MostImages = 100_000;

    /// <summary>Height and width of the images, in pixels, 16…64. Default 32. The scenes are the same at every size.</summary>
    [Description("Height and width of the images, in pixels.")]
    [Range(SmallestSize, LargestSize)]
    public int Size { get; init; } = 32;

    /// <summary>The number of training images, 1…100,000. Default 6,000. A larger set begins with the images of a smaller one.</summary>
    [Description("The number of training images.")]
    [Range(1, MostImages)]
    public int Train { get; init; } = 6000;

    /// <summary>The number of test images, 1…100,000. Default 2,000. A larger set begins with the images of a smaller one.</summary>
    [Description("The number of test images.")]
    [Range(1, MostImages)]
    public int Test { get; init; } = 2000;

    /// <summary>The seed of the images, at least 0: another seed gives another set. Default 0.</summary>
    [Description("The seed of the images: another seed gives another set.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(Size, Size, 3, Outline.Names.Count);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null) => ShapesSource.Create(this);
}
