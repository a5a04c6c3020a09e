using Pupil.Images;
using Pupil.Networks;

namespace Pupil.Distillation;

/// <summary>What a method is built for.</summary>
/// <param name="Input">The images.</param>
/// <param name="Classes">K.</param>
/// <param name="Expert">The frozen expert, where the method needs one.</param>
/// <param name="BuildCompanion">Builds a network that the method trains, on the right device, started by the run's seed.</param>
public sealed record MethodContext(ImageShape Input, int Classes, Expert? Expert, Func<NetworkSpec, Network> BuildCompanion)
{
    /// <summary>The other experts of the recipe by name, for the parts of a combination.</summary>
    public IReadOnlyDictionary<string, Expert> OtherExperts { get; init; } = new Dictionary<string, Expert>();

    /// <summary>The run's seed, for methods that draw.</summary>
    public long Seed { get; init; }

    /// <summary>The images that are trained on, for methods that remember something of each (<see cref="Batch.Indices"/> go by it).</summary>
    public ImageSubset? TrainingImages { get; init; }

    /// <summary>The expert, for a method that cannot do without.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public Expert RequiredExpert => Expert ?? throw new UserErrorException("expert: is missing, but the method asks one.");
}
