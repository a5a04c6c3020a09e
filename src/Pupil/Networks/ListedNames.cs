namespace Pupil.Networks;

/// <summary>PyTorch names that are listed module by module, for families whose names follow no simple rule.</summary>
internal sealed class ListedNames : PyTorchNames
{
    private readonly Dictionary<string, string> _own, _foreign;
    private readonly string _mark;
    private readonly Func<WeightShapes, string?> _architectureOf;

    /// <summary>Creates the names.</summary>
    /// <param name="mark">A PyTorch module that only this family has.</param>
    /// <param name="modules">The modules' names in PyTorch and in Pupil.</param>
    /// <param name="architectureOf">Returns the architecture of weights by Pupil's names, or null.</param>
    public ListedNames(string mark, IReadOnlyList<(string Foreign, string Own)> modules, Func<WeightShapes, string?> architectureOf)
    {
        (_mark, _architectureOf) = (mark, architectureOf);
        _own = modules.ToDictionary(module => module.Foreign, module => module.Own, StringComparer.Ordinal);
        _foreign = modules.ToDictionary(module => module.Own, module => module.Foreign, StringComparer.Ordinal);
    }

    /// <summary>The layers of a convolution unit: names in PyTorch and in Pupil, and the place in a PyTorch sequence.</summary>
    public static IReadOnlyList<(string Foreign, string Own, int Place)> UnitLayers { get; } = [("conv", "conv", 0), ("bn", "norm", 1)];

    /// <inheritdoc/>
    public override bool Fit(IReadOnlySet<string> names) => names.Contains($"{_mark}.weight");

    /// <inheritdoc/>
    public override string ToPupil(string name) => Renamed(name, _own);

    /// <inheritdoc/>
    public override string ToPyTorch(string name) => Renamed(name, _foreign);

    /// <inheritdoc/>
    public override string? ArchitectureOf(WeightShapes weights) => _architectureOf(weights);

    private static string Renamed(string name, Dictionary<string, string> modules)
    {
        int end = Math.Max(name.LastIndexOf('.'), 0);
        return modules.TryGetValue(name[..end], out string? module) ? module + name[end..] : name;
    }
}
