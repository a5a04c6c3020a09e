using System.ComponentModel;
using Pupil.Settings;

namespace Pupil.Images.Formats.Packed;

/// <summary>A data set that <c>pupil data convert</c> wrote as one file. Its pixels are mapped into memory: it opens at once, whatever its size.</summary>
[Variant("packed")]
public sealed record PackedSource : DataSource
{
    /// <summary>The file.</summary>
    [Description("The .safetensors file that 'pupil data convert' wrote.")]
    public string Path { get; init; } = "data/images.safetensors";

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? setting = null) => PackedFile.Open(Path);
}
