using System.Text.Json.Serialization;
using Pupil.Data.Shapes;
using Pupil.Data.Sources;

namespace Pupil.Data;

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
    /// <summary>Reads (or makes) the splits.</summary>
    /// <param name="setting">Where to keep what is worked out, and whom to tell how far it is; null: the usual place, and nobody.</param>
    /// <exception cref="UserErrorException">A file is missing or broken.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public abstract DataSplits Load(LoadSetting? setting = null);
}
