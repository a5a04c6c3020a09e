using System.Text.Json.Serialization;
using Pupil.Data.Shapes;
using Pupil.Data.Sources;

namespace Pupil.Data;

/// <summary>Where images come from. One record a format; the list below is the only place that names them all.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(ShapesOptions), "shapes")]
[JsonDerivedType(typeof(Cifar10Source), "cifar10")]
public abstract record DataSource
{
    /// <summary>Reads (or makes) both splits.</summary>
    /// <exception cref="UserErrorException">A file is missing or broken.</exception>
    public abstract DataSplits Load();
}
