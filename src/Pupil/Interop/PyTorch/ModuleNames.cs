namespace Pupil.Interop.PyTorch;

/// <summary>
/// RepDistiller's names of the modules of networks that no rules for single names can tell: MobileNetV2, whose seven groups are four stages here, and ShuffleNetV2, whose
/// names residual networks have too, for other things (<c>layer1.1.conv1</c>).
/// </summary>
internal sealed class ModuleNames
{
    // Of every unit a convolution and its batch-norm.
    private static readonly (string Theirs, string Ours, int Place)[] Halves = [("conv", "conv", 0), ("bn", "norm", 1)];

    private readonly Dictionary<string, string> _ours, _theirs;
    private readonly string _mark;

    // Only this network has the mark.
    private ModuleNames(string mark, IReadOnlyList<(string Theirs, string Ours)> modules)
    {
        _mark = mark;
        _ours = modules.ToDictionary(module => module.Theirs, module => module.Ours, StringComparer.Ordinal);
        _theirs = modules.ToDictionary(module => module.Ours, module => module.Theirs, StringComparer.Ordinal);
    }

    /// <summary>Those of MobileNetV2: <c>blocks.3.0.conv.6</c>.</summary>
    public static ModuleNames MobileNetV2 { get; } = new("blocks.0.0.conv.0",
        [("conv1.0", "stem"), ("conv1.1", "norm"), .. MobileNetUnits(), ("conv2.0", "exit.0.conv"), ("conv2.1", "exit.0.norm"), ("classifier.0", "classifier")]);

    /// <summary>Those of ShuffleNetV2: <c>layer1.0.conv5</c>.</summary>
    public static ModuleNames ShuffleNetV2 { get; } = new("layer1.0.conv5",
        [("conv1", "stem"), ("bn1", "norm"), .. ShuffleNetUnits(), ("conv2", "exit.0.conv"), ("bn2", "exit.0.norm"), ("linear", "classifier")]);

    /// <summary>Whether weights with these names are of this network.</summary>
    public bool Fit(IEnumerable<string> names) => names.Contains($"{_mark}.weight", StringComparer.Ordinal);

    /// <summary>Pupil's name of a weight; the given one for what the network does not have.</summary>
    public string OursOf(string name) => Renamed(name, _ours);

    /// <summary>Their name of a weight; the given one for what the network does not have.</summary>
    public string TheirsOf(string name) => Renamed(name, _theirs);

    private static string Renamed(string name, Dictionary<string, string> modules)
    {
        int end = Math.Max(name.LastIndexOf('.'), 0);
        return modules.TryGetValue(name[..end], out string? module) ? module + name[end..] : name;
    }

    // A sequence of convolution, batch-norm and ReLU three times in every block, the last without ReLU.
    private static IEnumerable<(string Theirs, string Ours)> MobileNetUnits()
    {
        (int Stage, int First, int Blocks)[] groups = [(1, 0, 1), (1, 1, 2), (2, 0, 3), (3, 0, 4), (3, 4, 3), (4, 0, 3), (4, 3, 1)];
        string[] units = ["expansion", "depthwise", "projection"];
        return from entry in groups.Index()
               from block in Enumerable.Range(0, entry.Item.Blocks)
               from unit in units.Index()
               from half in Halves
               select ($"blocks.{entry.Index}.{block}.conv.{3 * unit.Index + half.Place}", $"stage{entry.Item.Stage}.{entry.Item.First + block}.{unit.Item}.{half.Ours}");
    }

    private static IEnumerable<(string Theirs, string Ours)> ShuffleNetUnits()
    {
        string[] halving = ["sideDepthwise", "sideLast", "first", "depthwise", "last"], keeping = ["first", "depthwise", "last"];
        (int Number, int Blocks)[] layers = [(1, 4), (2, 8), (3, 4)];
        return from layer in layers
               from block in Enumerable.Range(0, layer.Blocks)
               from unit in (block == 0 ? halving : keeping).Index()
               from half in Halves
               select ($"layer{layer.Number}.{block}.{half.Theirs}{unit.Index + 1}", $"stage{layer.Number}.{block}.{unit.Item}.{half.Ours}");
    }
}
