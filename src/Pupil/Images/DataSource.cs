using System.Text.Json.Serialization;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;

namespace Pupil.Images;

/// <summary>What networks must know of images: their size, and how many classes they are of.</summary>
/// <param name="Height">H, in pixels.</param>
/// <param name="Width">W, in pixels.</param>
/// <param name="Channels">C, 1 or 3.</param>
/// <param name="Classes">K, at least 2.</param>
public sealed record DataForm(int Height, int Width, int Channels, int Classes);

/// <summary>Where images come from. One record a format; the list below is the only place that names them all.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(ShapesOptions), "shapes")]
[JsonDerivedType(typeof(Cifar10Source), "cifar10")]
[JsonDerivedType(typeof(Cifar100Source), "cifar100")]
[JsonDerivedType(typeof(TinyImageNetSource), "tiny-imagenet")]
[JsonDerivedType(typeof(FolderSource), "folder")]
[JsonDerivedType(typeof(CsvSource), "csv")]
[JsonDerivedType(typeof(PackedSource), "packed")]
[JsonDerivedType(typeof(SvhnSource), "svhn")]
[JsonDerivedType(typeof(MnistSource), "mnist")]
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
