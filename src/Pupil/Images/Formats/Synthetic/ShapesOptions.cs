using System.ComponentModel.DataAnnotations;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Images.Formats.Synthetic;

/// <summary>How large the built-in data set <c>shapes</c> is, and which of its many versions.</summary>
[Variant("shapes")]
public sealed record ShapesOptions : DataSource
{
    internal const int SmallestSize = 16, LargestSize = 64, MostImages = 100_000;

    /// <summary>Height and width of the square images, in pixels, 16…64; the default is 32. The same scenes at every size.</summary>
    [Description("Height and width of the images, in pixels.")]
    [Range(SmallestSize, LargestSize)]
    public int Size { get; init; } = 32;

    /// <summary>Number of training images, 1…100,000; the default is 6,000. More images keep the ones before them.</summary>
    [Description("Number of training images.")]
    [Range(1, MostImages)]
    public int Train { get; init; } = 6000;

    /// <summary>Number of test images, 1…100,000; the default is 2,000. More images keep the ones before them.</summary>
    [Description("Number of test images.")]
    [Range(1, MostImages)]
    public int Test { get; init; } = 2000;

    /// <summary>Which version of the set: another seed, other images. Any number from 0; the default is 0.</summary>
    [Description("Seed of the images: another seed, another set.")]
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(Size, Size, 3, Outline.Names.Count);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? setting = null) => ShapesSource.Create(this);
}
