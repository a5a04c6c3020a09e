using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>A named part of a network: first convolution, stage, classifier …</summary>
/// <param name="Name">The part's name, the first word of its weights' names.</param>
/// <param name="Output">The shape of its output; null if it keeps its input's (batch-norm).</param>
/// <param name="Layers">
/// Its blocks and kernels, for example <c>2 blocks: 4 of 3×3, 1 of 1×1</c>; <c>dw</c> is depthwise, <c>g3</c> in 3 groups.
/// </param>
/// <param name="Cost">Its part of the network's cost.</param>
public sealed record OutlinePart(string Name, MapShape? Output, string Layers, NetworkCost Cost);

/// <summary>The shape of an output for one image: C×H×W, or K for a classifier.</summary>
/// <param name="Channels">C, or K.</param>
/// <param name="Height">H; 1 after the average over pixels.</param>
/// <param name="Width">W; 1 after the average over pixels.</param>
public sealed record MapShape(int Channels, int Height, int Width)
{
    /// <summary><c>64×8×8</c>, or <c>10</c>.</summary>
    public override string ToString() => (Height, Width) == (1, 1)
        ? Channels.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Channels}×{Height}×{Width}");
}

/// <summary>The parts of a network in the order of the forward pass.</summary>
/// <param name="Parts">The parts; their costs sum to the network's.</param>
public sealed record NetworkOutline(IReadOnlyList<OutlinePart> Parts)
{
    /// <summary>The name of the part for the embedding, without weights unless a layer follows the average over pixels.</summary>
    public const string Embedding = "embedding";

    /// <summary>The last part's name.</summary>
    public const string Classifier = "classifier";

    /// <summary>K, the number of classes; null for an imported network without classifier.</summary>
    public int? Classes => Parts[^1] is { Name: Classifier, Output: { } output } ? output.Channels : null;

    /// <summary>The whole network's cost.</summary>
    public NetworkCost Cost => new(Parts.Sum(part => part.Cost.Parameters), Parts.Sum(part => part.Cost.MultiplyAdds));

    /// <summary>Computes the parts with one black image. Shared convolutions are listed after the network's own parts.</summary>
    internal static NetworkOutline OfNetwork(Network network)
    {
        using var scope = NewDisposeScope();
        var found = new Dictionary<nn.Module, (long MultiplyAdds, MapShape Output)>(ReferenceEqualityComparer.Instance);
        var hooks = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        foreach (var layer in network.modules().OfType<nn.Module<Tensor, Tensor>>())
        {
            if (layer is Conv2d or Linear or TransformerBlock)
                hooks.Add(layer.register_forward_hook((_, _, output) => { Note(layer, output); return output; }));
        }
        using (Convolutions.Listen(Note))
            network.ForwardBlackImage();
        hooks.ForEach(hook => hook.remove());
        var stages = network.StageShapes.ToDictionary(stage => stage.Name);
        var parts = network.named_children().Select(part => PartOf(part.name, part.module)).ToList();
        if (parts[^2] is { Name: Embedding } part)
            parts[^2] = part with { Layers = $"{network.EmbeddingLayers}, {part.Layers}" };
        else
        {
            var embedding = new MapShape(network.EmbeddingWidth, 1, 1);
            parts.Insert(parts.Count - 1, new(Embedding, embedding, network.EmbeddingLayers, new NetworkCost(0, 0)));
        }
        return new NetworkOutline(parts);

        // Each output value takes (input channels / groups)·kernel height·kernel width multiply-adds.
        void Note(nn.Module layer, Tensor output)
        {
            bool isMap = output.dim() == 4;
            int channels = (int)output.shape[isMap ? 1 : ^1];
            var shape = isMap ? new MapShape(channels, (int)output.shape[2], (int)output.shape[3]) : new MapShape(channels, 1, 1);
            long vectors = output.numel() / channels;
            long multiplyAdds = layer is TransformerBlock block ? block.AttentionCost(vectors)
                : vectors * layer.parameters(recurse: false).First(weight => weight.dim() > 1).numel();
            found[layer] = (multiplyAdds, shape);
        }

        OutlinePart PartOf(string name, nn.Module module)
        {
            var layers = module.modules().Append(module).Distinct().Where(found.ContainsKey).ToList();
            var output = stages.TryGetValue(name, out var stage) ? new MapShape(stage.Channels, stage.Height, stage.Width)
                : layers.Count > 0 ? found[layers[^1]].Output
                : null;
            long parameters = module.parameters().Sum(parameter => parameter.numel());
            var cost = new NetworkCost(parameters, layers.Sum(layer => found[layer].MultiplyAdds));
            return new OutlinePart(name, output, LayersOf(module, layers), cost);
        }
    }

    private static string LayersOf(nn.Module part, IReadOnlyList<nn.Module> layers)
    {
        if (part is Conv2d alone)
            return $"convolution {Form(alone)}";
        if (part is Linear or BatchNorm2d or LayerNorm or TrainedTensor)
            return part switch { Linear => "linear", BatchNorm2d => "batch-norm", LayerNorm => "layer norm", _ => "trained numbers" };
        int blocks = part.named_children().Count();
        var convolutions = layers.OfType<Conv2d>().ToList();
        var kernels = convolutions.CountBy(Form).Select(form => convolutions.Count == 1 ? form.Key : $"{form.Value} of {form.Key}");
        var others = layers.Where(layer => layer is not Conv2d).CountBy(layer => layer is Linear ? "linear" : "attention")
            .Select(layer => $"{layer.Value} {layer.Key}");
        return blocks == 0 ? "" : $"{blocks} block{(blocks == 1 ? "" : "s")}: {string.Join(", ", kernels.Concat(others))}";
    }

    private static string Form(Conv2d convolution)
    {
        string kernel = string.Join('×', convolution.kernel_size);
        return convolution.groups == 1 ? kernel
            : convolution.groups == convolution.in_channels ? $"{kernel} dw"
            : $"{kernel} g{convolution.groups}";
    }
}
