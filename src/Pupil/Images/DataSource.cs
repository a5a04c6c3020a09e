using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Images;

/// <summary>What networks must know of images: their size, and how many classes they are of.</summary>
/// <param name="Height">H, in pixels.</param>
/// <param name="Width">W, in pixels.</param>
/// <param name="Channels">C, 1 or 3.</param>
/// <param name="Classes">K, at least 2.</param>
public sealed record DataForm(int Height, int Width, int Channels, int Classes);

/// <summary>Where images come from: one record for each format. <see cref="Variants"/> holds the list, to which an application can add.</summary>
[VariantKey("name")]
public abstract record DataSource
{
    /// <summary>The form of its images where it is known without reading a file; null where only the files tell.</summary>
    [JsonIgnore]
    public virtual DataForm? KnownForm => null;

    /// <summary>Reads (or makes) the splits.</summary>
    /// <param name="context">Where to keep what is worked out, and whom to tell how far it is; null: the usual place, and nobody.</param>
    /// <exception cref="UserErrorException">A file is missing or broken.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public abstract DataSplits Load(LoadContext? context = null);
}
