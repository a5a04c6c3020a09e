using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Reporting.Descriptions;

/// <summary>The description of a network and its parts.</summary>
/// <param name="Name">Its name in the records, or that of its architecture.</param>
/// <param name="Role">Its role.</param>
/// <param name="Architecture">Its architecture; for a network from an ONNX file, the name of the file.</param>
/// <param name="Input">The shape of its images, C×H×W.</param>
/// <param name="Outline">Its parts.</param>
internal sealed record DescribedNetwork(string Name, NetworkRole Role, string Architecture, ImageShape Input, NetworkOutline Outline)
{
    /// <summary>Describes a network outside a recipe.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="input">The shape of its images, C×H×W.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <exception cref="UserErrorException">The network does not exist, or does not accept such images.</exception>
    public static DescribedNetwork FromSpec(NetworkSpec spec, ImageShape input, int classes)
    {
        using var network = NetworkCatalogue.Build(spec, input, classes);
        return new DescribedNetwork(spec.Architecture, NetworkRole.Student, spec.Architecture, input, NetworkOutline.OfNetwork(network));
    }

    /// <summary>Describes a network of which only the outputs are used.</summary>
    /// <param name="network">The network.</param>
    public static DescribedNetwork OfTeacher(ITeacher network) =>
        new(network.Name, NetworkRole.Expert, network.Name, network.Input, network.Outline);

    /// <summary>The number of its stages.</summary>
    public int Stages => Outline.Parts.Count(part => part.Name.StartsWith("stage", StringComparison.Ordinal));
}
