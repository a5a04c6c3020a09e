using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Reporting.Descriptions;

/// <summary>A network and its parts.</summary>
/// <param name="Name">What it is called: its name in the records, or that of its architecture.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Architecture">Which network; of one from elsewhere, the name of its file.</param>
/// <param name="Input">The images it takes.</param>
/// <param name="Outline">Its parts.</param>
public sealed record DescribedNetwork(string Name, NetworkRole Role, string Architecture, ImageShape Input, NetworkOutline Outline)
{
    /// <summary>Describes a network that stands alone.</summary>
    /// <param name="spec">Which network.</param>
    /// <param name="input">The images it takes.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <exception cref="UserErrorException">There is no such network, or it takes no such images.</exception>
    public static DescribedNetwork Of(NetworkSpec spec, ImageShape input, int classes)
    {
        using var network = NetworkCatalogue.Build(spec, input, classes);
        return new DescribedNetwork(spec.Architecture, NetworkRole.Student, spec.Architecture, input, NetworkOutline.OfNetwork(network));
    }

    /// <summary>Describes a network that is only asked.</summary>
    /// <param name="network">The network.</param>
    public static DescribedNetwork Of(ITeacher network) => new(network.Name, NetworkRole.Expert, network.Name, network.Input, network.Outline);

    /// <summary>Its stages.</summary>
    internal int Stages => Outline.Parts.Count(part => part.Name.StartsWith("stage", StringComparison.Ordinal));
}
