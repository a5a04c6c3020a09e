using System.ComponentModel;
using Pupil.Settings;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// A data set packed into one file. Its pixels are mapped into memory, so that opening takes the same time at any size; the first opening
/// of a large file reads them to verify them.
/// </summary>
[Variant("packed")]
public sealed record PackedSource : DataSource
{
    /// <summary>The packed file. Default <c>data/images.safetensors</c>.</summary>
    [Description("The .safetensors file of a packed data set.")]
    public string Path { get; init; } = "data/images.safetensors";

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null) => PackedFile.Open(Path, context);
}
