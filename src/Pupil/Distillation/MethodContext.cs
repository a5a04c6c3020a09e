using Pupil.Images;
using Pupil.Networks;

namespace Pupil.Distillation;

/// <summary>The surroundings that a method is built for.</summary>
/// <param name="Input">The shape of the images.</param>
/// <param name="Classes">K, the number of classes.</param>
/// <param name="Expert">The frozen expert, if the method needs one.</param>
/// <param name="BuildCompanion">Builds a network that the method trains, on the run's device, initialised from the run's seed.</param>
public sealed record MethodContext(ImageShape Input, int Classes, Expert? Expert, Func<NetworkSpec, Network> BuildCompanion)
{
    /// <summary>The number of labels of each image, which decides what logits stand for. Default one.</summary>
    public Labelling Labelling { get; init; }

    /// <summary>The other experts of the recipe by name, for the parts of a combination.</summary>
    public IReadOnlyDictionary<string, Expert> OtherExperts { get; init; } = new Dictionary<string, Expert>();

    /// <summary>The run's seed, for methods that draw random numbers.</summary>
    public long Seed { get; init; }

    /// <summary>The training images, for methods that keep data of each (<see cref="Batch.Indices"/> refers to them).</summary>
    public ImageSubset? TrainingImages { get; init; }

    /// <summary>The expert, for a method that needs one.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public Expert RequiredExpert => Expert ?? throw new UserErrorException("expert: is missing, but the method needs one.");
}
