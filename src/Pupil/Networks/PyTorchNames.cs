namespace Pupil.Networks;

/// <summary>The weight names of a family in PyTorch projects, and the recognition of its networks by their weights.</summary>
internal abstract class PyTorchNames
{
    /// <summary>Whether names are those of a network of the family.</summary>
    /// <param name="names">The names of a file, without wrappers such as <c>module.</c>.</param>
    public abstract bool Fit(IReadOnlySet<string> names);

    /// <summary>Returns Pupil's name of a weight; an unknown name stays.</summary>
    public abstract string ToPupil(string name);

    /// <summary>Returns the name of a weight in PyTorch; an unknown name stays.</summary>
    public abstract string ToPyTorch(string name);

    /// <summary>Returns the architecture of weights; null if they are of no network of the family.</summary>
    /// <param name="weights">The weights by Pupil's names.</param>
    public abstract string? ArchitectureOf(WeightShapes weights);

    /// <summary>
    /// Returns a network's name of a weight. It differs from <see cref="ToPupil"/> where a name depends on the size of the images.
    /// </summary>
    /// <param name="name">The name by <see cref="ToPupil"/>.</param>
    /// <param name="given">All names by <see cref="ToPupil"/>.</param>
    /// <param name="own">The names of the network.</param>
    public virtual string ToNetwork(string name, IReadOnlySet<string> given, IReadOnlySet<string> own) => name;

    /// <summary>Returns the name that <see cref="ToPyTorch"/> takes for a network's weight.</summary>
    /// <param name="name">The network's name of the weight.</param>
    /// <param name="own">All names of the network.</param>
    public virtual string FromNetwork(string name, IReadOnlySet<string> own) => name;
}
