using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Images;

/// <summary>The properties of images that a network depends on.</summary>
/// <param name="Height">H, in pixels.</param>
/// <param name="Width">W, in pixels.</param>
/// <param name="Channels">C, 1 or 3.</param>
/// <param name="Classes">K, at least 2.</param>
public sealed record DataForm(int Height, int Width, int Channels, int Classes)
{
    /// <summary>The number of labels of each image. Default one.</summary>
    public Labelling Labelling { get; init; }
}

/// <summary>A source of images: one record per format. An application can add its own to the list in <see cref="Variants"/>.</summary>
[VariantKey("name")]
public abstract record DataSource
{
    /// <summary>The form of its images if it is known without reading a file; otherwise null.</summary>
    [JsonIgnore]
    public virtual DataForm? KnownForm => null;

    /// <summary>Returns the source of the same images, in the same order, at a larger size; null where it has no larger ones.</summary>
    /// <param name="size">Height and width, in pixels.</param>
    internal virtual DataSource? AtSize(int size) => null;

    /// <summary>Reads images whose labels do not count: all pictures of a folder or list, the training split of another source.</summary>
    /// <param name="context">See <see cref="Load"/>.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    internal virtual ImageSet LoadUnlabelled(LoadContext context) => Load(context).Train;

    /// <summary>Reads or makes the splits.</summary>
    /// <param name="context">The cache folder, progress and stop; null for the default folder, without progress.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    /// <exception cref="OperationCanceledException">Loading was stopped.</exception>
    public abstract DataSplits Load(LoadContext? context = null);
}
