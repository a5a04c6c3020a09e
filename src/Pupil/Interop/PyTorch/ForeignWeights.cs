using Pupil.Core;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Weights of one of Pupil's networks from somewhere else: PyTorch files and safetensors.</summary>
public static class ForeignWeights
{
    private const int MostShown = 6;

    /// <summary>Of VGG networks: there where no maximum comes before the last stage.</summary>
    internal const string LastStageStart = "stage4.0.conv.weight";

    /// <summary>Reads a file's weights by Pupil's names. Nothing in the file is run.</summary>
    /// <param name="path">A file of <c>torch.save</c>, zip or legacy, or a safetensors file.</param>
    /// <param name="key">The entry of a PyTorch file that holds the weights; null: the usual one or, without one, the file itself.</param>
    /// <returns>New tensors, which belong to the dispose scope around the call or, without one, to the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, broken, or asks for something to be run.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path, string? key = null)
    {
        bool isSafe = Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
        if (isSafe && key is not null)
            throw new UserErrorException($"{path}: is a safetensors file, which has no entry '{key}'; leave --key out.");
        var tensors = isSafe ? SafeTensors.Read(path).Tensors : PyTorchFile.ReadWeights(path, key);
        var ours = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var names = ForeignNames.OursOf(tensors.Keys);
        foreach (var (name, tensor) in tensors)
        {
            if (!names.TryGetValue(name, out string? own))
                tensor.Dispose();
            else if (!ours.TryAdd(own, tensor))
                throw new UserErrorException($"{path}: two tensors are '{own}' here, one of them '{SafeTensorsHeader.Show(name)}'; expected one network's weights.");
        }
        return ours;
    }

    /// <summary>The network that weights are of, told by their names and shapes; null where they tell of none that is known.</summary>
    /// <param name="weights">The weights by Pupil's names.</param>
    public static NetworkSpec? NetworkOf(IReadOnlyDictionary<string, Tensor> weights)
    {
        int blocks = Count("stage", ".conv");
        if (weights.ContainsKey("stage1.1.conv.weight"))
            return Named($"vgg-{blocks + Count("entry", ".conv") + 4}");
        if (Find("exit.0.conv.weight", 4, out var exit))
        {
            string? name = weights.ContainsKey("stage1.0.expansion.conv.weight") ? MobileNetV2.NameOf(exit.shape[1]) : ShuffleNetV2.NameOf(exit.shape[1]);
            return name is null ? null : Named(name);
        }
        if (!Find("stage1.0.conv1.weight", 4, out var first) || !Find("stage2.0.conv1.weight", 4, out var second) || !Find("stage2.0.norm1.weight", 1, out var norm))
            return null;
        // A wide block normalises what it is given, the others what their convolution makes.
        if (norm.shape[0] == second.shape[1])
            return Named($"wrn-{blocks + 4}-{first.shape[0] / 16}");
        if (weights.Keys.Any(name => name.StartsWith("stage4.", StringComparison.Ordinal)))
            return Named($"imagenet-resnet-{blocks + 2}");
        return Named(weights.Keys.Any(name => name.Contains(".shortcutNorm.", StringComparison.Ordinal)) ? $"resnet-{blocks + 2}x{first.shape[0] / 16}" : $"resnet-{blocks + 2}");

        int Count(string start, string part) => weights.Keys.Count(name =>
            name.StartsWith(start, StringComparison.Ordinal) && name.Contains(part, StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal));

        bool Find(string name, int dimensions, out Tensor found) => weights.TryGetValue(name, out found!) && found.dim() == dimensions;

        static NetworkSpec Named(string name) => new() { Architecture = name };
    }

    /// <summary>Puts weights into a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights by Pupil's names.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="UserErrorException">Weights are missing, left over or of another shape; the message lists them.</exception>
    public static void Load(Network network, IReadOnlyDictionary<string, Tensor> weights, string path)
    {
        var own = network.State().ToDictionary();
        if (weights.ContainsKey(LastStageStart) && !own.ContainsKey(LastStageStart))
            weights = weights.ToDictionary(entry => ForeignNames.WithLastStageMoved(entry.Key, 1), entry => entry.Value, StringComparer.Ordinal);
        string[] missing = [.. own.Keys.Where(name => !weights.ContainsKey(name))], left = [.. weights.Keys.Where(name => !own.ContainsKey(name))];
        string[] other = [.. own.Where(entry => weights.TryGetValue(entry.Key, out var found) && !found.shape.SequenceEqual(entry.Value.shape))
            .Select(entry => $"{entry.Key} {Sizes(weights[entry.Key])} instead of {Sizes(entry.Value)}")];
        if (missing.Length + left.Length + other.Length > 0)
        {
            throw new UserErrorException($"{path}: holds no weights of {network.Spec} with {network.Classes} classes{Listed("; missing", missing)}{Listed("; left over", left)}{Listed("; of another shape", other)}. "
                + "Choose the network by --network.");
        }
        network.LoadState(weights, path);
    }

    private static string Listed(string title, string[] names) =>
        names.Length == 0 ? "" : $"{title}: {string.Join(", ", names.Take(MostShown).Select(SafeTensorsHeader.Show))}{(names.Length > MostShown ? $" … ({names.Length} in all)" : "")}";

    private static string Sizes(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
