using System.Reflection;
using System.Text.Json.Serialization;
using Pupil.Distillation.Methods;
using Pupil.Networks;

namespace Pupil.Distillation;

/// <summary>The settings of a method. One record a method; the list below is the only place that names them all.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(CtkdOptions), "ctkd")]
[JsonDerivedType(typeof(KnowledgeDistillationOptions), "kd")]
[JsonDerivedType(typeof(SupervisedOptions), "supervised")]
public abstract record MethodOptions
{
    private static readonly Dictionary<Type, string> NamesByType = typeof(MethodOptions).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(entry => entry.DerivedType, entry => (string)entry.TypeDiscriminator!);

    /// <summary>The names of all methods.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. NamesByType.Values.Order(StringComparer.Ordinal)];

    /// <summary>The method's name in recipes.</summary>
    [JsonIgnore]
    public string MethodName => NamesByType[GetType()];

    /// <summary>Whether the method asks a pre-trained expert teacher.</summary>
    [JsonIgnore]
    public virtual bool NeedsExpert => false;

    /// <summary>Whether the method can teach by batches whose images are mixed (<see cref="Data.Batch.SoftLabels"/>). Default: it needs one label an image.</summary>
    [JsonIgnore]
    public virtual bool TakesSoftLabels => false;

    /// <summary>Checks settings that depend on each other.</summary>
    /// <exception cref="UserErrorException">They contradict each other.</exception>
    public virtual void Check() { }

    /// <summary>Builds the method.</summary>
    /// <param name="setting">What surrounds it.</param>
    /// <exception cref="UserErrorException">The settings do not fit the networks.</exception>
    public abstract Method Create(MethodSetting setting);
}

/// <summary>What a method is built for.</summary>
/// <param name="Input">The images.</param>
/// <param name="Classes">K.</param>
/// <param name="Expert">The frozen expert, where the method needs one.</param>
/// <param name="BuildCompanion">Builds a network that the method trains, on the right device, started by the run's seed.</param>
public sealed record MethodSetting(ImageShape Input, int Classes, Expert? Expert, Func<NetworkSpec, Network> BuildCompanion)
{
    /// <summary>The expert, for a method that cannot do without.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public Expert RequiredExpert => Expert ?? throw new UserErrorException("expert: is missing, but the method asks one.");
}
