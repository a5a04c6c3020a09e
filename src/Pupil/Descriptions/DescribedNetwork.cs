using Pupil.Networks;
using Pupil.Runs;

namespace Pupil.Descriptions;

/// <summary>A network and its parts.</summary>
/// <param name="Name">What it is called: its name in the records, or that of its architecture.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Spec">Which network.</param>
/// <param name="Input">The images it takes.</param>
/// <param name="Classes">K, the number of classes.</param>
/// <param name="Outline">Its parts.</param>
public sealed record DescribedNetwork(string Name, NetworkRole Role, NetworkSpec Spec, ImageShape Input, int Classes, NetworkOutline Outline)
{
    /// <summary>Describes a network that stands alone.</summary>
    /// <param name="spec">Which network.</param>
    /// <param name="input">The images it takes.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <exception cref="UserErrorException">There is no such network, or it takes no such images.</exception>
    public static DescribedNetwork Of(NetworkSpec spec, ImageShape input, int classes)
    {
        using var network = NetworkCatalogue.Build(spec, input, classes);
        return new DescribedNetwork(spec.Architecture, NetworkRole.Student, spec, input, classes, NetworkOutline.Of(network));
    }

    /// <summary>Its stages.</summary>
    internal int Stages => Outline.Parts.Count(part => part.Name.StartsWith("stage", StringComparison.Ordinal));
}
