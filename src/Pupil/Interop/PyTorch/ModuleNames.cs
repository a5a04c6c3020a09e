namespace Pupil.Interop.PyTorch;

/// <summary>
/// RepDistiller's module names of networks that rules for single names cannot translate. MobileNetV2 has seven groups there and four
/// stages here; ShuffleNetV2 shares names with residual networks for other modules (<c>layer1.1.conv1</c>).
/// </summary>
internal sealed class ModuleNames
{
    // The parts of every unit: a convolution and its batch-norm.
    private static readonly (string Foreign, string Own, int Place)[] Halves = [("conv", "conv", 0), ("bn", "norm", 1)];

    private readonly Dictionary<string, string> _own, _foreign;
    private readonly string _mark;

    // The mark is a module that only this network has.
    private ModuleNames(string mark, IReadOnlyList<(string Foreign, string Own)> modules)
    {
        _mark = mark;
        _own = modules.ToDictionary(module => module.Foreign, module => module.Own, StringComparer.Ordinal);
        _foreign = modules.ToDictionary(module => module.Own, module => module.Foreign, StringComparer.Ordinal);
    }

    /// <summary>The names of MobileNetV2, such as <c>blocks.3.0.conv.6</c>.</summary>
    public static ModuleNames MobileNetV2 { get; } = new("blocks.0.0.conv.0",
    [
        ("conv1.0", "stem"), ("conv1.1", "norm"), .. MobileNetUnits(), ("conv2.0", "exit.0.conv"), ("conv2.1", "exit.0.norm"),
        ("classifier.0", "classifier"),
    ]);

    /// <summary>The names of ShuffleNetV2, such as <c>layer1.0.conv5</c>.</summary>
    public static ModuleNames ShuffleNetV2 { get; } = new("layer1.0.conv5",
    [
        ("conv1", "stem"), ("bn1", "norm"), .. ShuffleNetUnits(), ("conv2", "exit.0.conv"), ("bn2", "exit.0.norm"),
        ("linear", "classifier"),
    ]);

    /// <summary>Whether weights with these names belong to this network.</summary>
    public bool Fit(IEnumerable<string> names) => names.Contains($"{_mark}.weight", StringComparer.Ordinal);

    /// <summary>Returns Pupil's name of a weight; an unknown name stays.</summary>
    public string ToPupil(string name) => Renamed(name, _own);

    /// <summary>Returns RepDistiller's name of a weight; an unknown name stays.</summary>
    public string ToPyTorch(string name) => Renamed(name, _foreign);

    private static string Renamed(string name, Dictionary<string, string> modules)
    {
        int end = Math.Max(name.LastIndexOf('.'), 0);
        return modules.TryGetValue(name[..end], out string? module) ? module + name[end..] : name;
    }

    // Every block is a sequence of three times convolution, batch-norm and ReLU, the last without ReLU.
    private static IEnumerable<(string Foreign, string Own)> MobileNetUnits()
    {
        (int Stage, int First, int Blocks)[] groups = [(1, 0, 1), (1, 1, 2), (2, 0, 3), (3, 0, 4), (3, 4, 3), (4, 0, 3), (4, 3, 1)];
        string[] units = ["expansion", "depthwise", "projection"];
        return from entry in groups.Index()
               from block in Enumerable.Range(0, entry.Item.Blocks)
               from unit in units.Index()
               from half in Halves
               select ($"blocks.{entry.Index}.{block}.conv.{3 * unit.Index + half.Place}",
                   $"stage{entry.Item.Stage}.{entry.Item.First + block}.{unit.Item}.{half.Own}");
    }

    private static IEnumerable<(string Foreign, string Own)> ShuffleNetUnits()
    {
        string[] halving = ["sideDepthwise", "sideLast", "first", "depthwise", "last"], keeping = ["first", "depthwise", "last"];
        (int Number, int Blocks)[] layers = [(1, 4), (2, 8), (3, 4)];
        return from layer in layers
               from block in Enumerable.Range(0, layer.Blocks)
               from unit in (block == 0 ? halving : keeping).Index()
               from half in Halves
               select ($"layer{layer.Number}.{block}.{half.Foreign}{unit.Index + 1}",
                   $"stage{layer.Number}.{block}.{unit.Item}.{half.Own}");
    }
}
