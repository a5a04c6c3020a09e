using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// A data set packed into one file, or into shards beside an index file. Its pixels are mapped into memory, so that opening takes the same
/// time at any size; the first opening of a large set reads them to verify them.
/// </summary>
[Variant("packed")]
public sealed record PackedSource : DataSource
{
    /// <summary>The packed file, or the folder of shards. Default <c>data/images.safetensors</c>.</summary>
    [Description("The .safetensors file of a packed data set, or the folder of its shards.")]
    public string Path { get; init; } = "data/images.safetensors";

    /// <summary>
    /// The number of images that are shuffled together in training. Null (default): as many as 1 GiB holds. A set of no more images is
    /// shuffled as a whole.
    /// </summary>
    [Description("The number of images that are shuffled together in training; null: as many as 1 GiB holds.")]
    [Range(1, int.MaxValue)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ShuffleBuffer { get; init; }

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null) => PackedFile.Open(Path, context, shuffleBuffer: ShuffleBuffer);
}
