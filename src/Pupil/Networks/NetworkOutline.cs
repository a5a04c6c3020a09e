using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>A part of a network that has a name of its own: first convolution, stage, classifier …</summary>
/// <param name="Name">Its name, the first word of its weights' names.</param>
/// <param name="Output">The size of what comes out of it; null where it leaves the size as it was (batch-norm).</param>
/// <param name="Layers">Its blocks and what they convolve with, for example <c>2 blocks: 4 of 3×3, 1 of 1×1</c>; <c>dw</c> is depthwise, <c>g3</c> in 3 groups.</param>
/// <param name="Cost">Its share of the network's cost.</param>
public sealed record OutlinePart(string Name, MapShape? Output, string Layers, NetworkCost Cost);

/// <summary>The size of an output: C×H×W, or K for a classifier.</summary>
/// <param name="Channels">C, or K.</param>
/// <param name="Height">H; 1 behind the average over pixels.</param>
/// <param name="Width">W; 1 behind the average over pixels.</param>
public sealed record MapShape(int Channels, int Height, int Width)
{
    /// <summary><c>64×8×8</c>, or <c>10</c>.</summary>
    public override string ToString() => (Height, Width) == (1, 1)
        ? Channels.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Channels}×{Height}×{Width}");
}

/// <summary>The parts of a network in the order in which an image goes through them.</summary>
/// <param name="Parts">The parts; their costs sum to the network's.</param>
public sealed record NetworkOutline(IReadOnlyList<OutlinePart> Parts)
{
    /// <summary>The part of that name, which has no weights.</summary>
    public const string Embedding = "embedding";

    /// <summary>The last part's name.</summary>
    public const string Classifier = "classifier";

    /// <summary>K, the number of classes; null of one from elsewhere that has no classifier.</summary>
    public int? Classes => Parts[^1] is { Name: Classifier, Output: { } output } ? output.Channels : null;

    /// <summary>The whole network's cost.</summary>
    public NetworkCost Cost => new(Parts.Sum(part => part.Cost.Parameters), Parts.Sum(part => part.Cost.MultiplyAdds));

    /// <summary>Finds the parts, by sending one black image through. A network that shares convolutions has them behind its own parts.</summary>
    public static NetworkOutline Of(Network network)
    {
        using var scope = NewDisposeScope();
        var found = new Dictionary<nn.Module, (long MultiplyAdds, MapShape Output)>(ReferenceEqualityComparer.Instance);
        var hooks = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        foreach (var layer in network.modules().OfType<nn.Module<Tensor, Tensor>>())
        {
            if (layer is Conv2d or Linear)
                hooks.Add(layer.register_forward_hook((_, _, output) => { Note(layer, output); return output; }));
        }
        using (Convolutions.Listen(Note))
            network.AskBlackImage();
        hooks.ForEach(hook => hook.remove());
        var stages = network.StageShapes.ToDictionary(stage => stage.Name);
        var parts = network.named_children().Select(part => PartOf(part.name, part.module)).ToList();
        parts.Insert(parts.Count - 1, new OutlinePart(Embedding, new MapShape(network.EmbeddingWidth, 1, 1), "average over pixels", new NetworkCost(0, 0)));
        return new NetworkOutline(parts);

        // Each output pixel of each channel takes (input channels / groups)·kernel height·kernel width of them.
        void Note(nn.Module layer, Tensor output)
        {
            bool isMap = output.dim() == 4;
            var shape = new MapShape((int)output.shape[1], isMap ? (int)output.shape[2] : 1, isMap ? (int)output.shape[3] : 1);
            found[layer] = ((long)shape.Height * shape.Width * layer.parameters(recurse: false).First(weight => weight.dim() > 1).numel(), shape);
        }

        OutlinePart PartOf(string name, nn.Module module)
        {
            var layers = module.modules().Append(module).Distinct().Where(found.ContainsKey).ToList();
            var output = stages.TryGetValue(name, out var stage) ? new MapShape(stage.Channels, stage.Height, stage.Width)
                : layers.Count > 0 ? found[layers[^1]].Output
                : null;
            return new OutlinePart(name, output, LayersOf(module, [.. layers.OfType<Conv2d>()]),
                new NetworkCost(module.parameters().Sum(parameter => parameter.numel()), layers.Sum(layer => found[layer].MultiplyAdds)));
        }
    }

    private static string LayersOf(nn.Module part, IReadOnlyList<Conv2d> convolutions)
    {
        if (convolutions.Count == 0)
            return part is Linear ? "linear" : part is BatchNorm2d ? "batch-norm" : "";
        int blocks = part is Conv2d ? 0 : part.named_children().Count();
        string kernels = string.Join(", ", convolutions.CountBy(Form).Select(form => convolutions.Count == 1 ? form.Key : $"{form.Value} of {form.Key}"));
        return blocks == 0 ? $"convolution {kernels}" : $"{blocks} block{(blocks == 1 ? "" : "s")}: {kernels}";
    }

    private static string Form(Conv2d convolution)
    {
        string kernel = string.Join('×', convolution.kernel_size);
        return convolution.groups == 1 ? kernel
            : convolution.groups == convolution.in_channels ? $"{kernel} dw"
            : $"{kernel} g{convolution.groups}";
    }
}
