using Onnx;
using Pupil.Networks;

namespace Pupil.Interop.Onnx;

/// <summary>The tensors of a model that are its stages, embedding and logits, given by options or found in its graph.</summary>
internal sealed class OnnxAnatomy
{
    private const string Where = "expert.onnx.";

    private readonly OnnxFile _file;
    private readonly OnnxSizes _sizes;
    private readonly OnnxTransformer _transformer;

    /// <summary>Finds the tensors.</summary>
    /// <param name="file">The model.</param>
    /// <param name="sizes">The sizes of its tensors.</param>
    /// <param name="options">The options that name tensors.</param>
    /// <param name="classes">K; null for any number of logits.</param>
    /// <param name="words">The directions of the class names; null without them. There are then no logits, and the embedding fits.</param>
    /// <exception cref="UserErrorException">A named tensor does not exist or has other sizes, or no tensor is usable.</exception>
    public OnnxAnatomy(OnnxFile file, OnnxSizes sizes, OnnxExpertOptions options, int? classes, ClassWords? words = null)
    {
        (_file, _sizes, _transformer) = (file, sizes, new OnnxTransformer(file, sizes));
        Logits = words is not null ? null : options.Logits is { } logits ? Named(logits, classes) : Classifying(classes);
        string main = Logits ?? LastOutput();
        string[] narrows = [.. Narrows(main)];
        Stages = options.Stages is { } stages ? InOrder([.. stages.Select(NamedStage)]) : Found(narrows, options.Blocks);
        (Embedding, EmbeddingTokens) = options.Embedding is { } embedding ? NamedEmbedding(embedding)
            : words is null ? FoundEmbedding(main, narrows) : EmbeddingOf(words, main, narrows);
        if (Logits is null && Embedding is null && Stages.Count == 0)
        {
            string wanted = classes is { } count ? FormattableString.Invariant($"logits of {count} classes") : "logits";
            throw new UserErrorException($"{file.Path}: found neither maps with the images' proportions nor tokens nor an embedding nor "
                + $"{wanted}; expected an image network. Name its parts by {Where}stages, {Where}embedding, {Where}logits.");
        }
    }

    /// <summary>The stages, from the input on.</summary>
    public IReadOnlyList<OnnxStage> Stages { get; }

    /// <summary>The tensor of the embedding; null if there is none.</summary>
    public string? Embedding { get; }

    /// <summary>The tokens whose class token, or mean over patches, is the embedding; null for an embedding that is a tensor.</summary>
    public OnnxStage? EmbeddingTokens { get; }

    /// <summary>D, the width of the embedding; null if there is none.</summary>
    public int? EmbeddingWidth => Embedding is null ? null : EmbeddingTokens?.Shape.Channels ?? _sizes.VectorOf(Embedding);

    /// <summary>Whether the graph holds the attention weights of each block.</summary>
    public bool HasAttentionWeights { get; private set; }

    /// <summary>Whether the grid of tokens is guessed from their number.</summary>
    public bool IsGridGuessed => Stages.Append(EmbeddingTokens).Any(stage => stage?.IsGridGuessed == true);

    /// <summary>The tensor of the logits; null if there are none for the classes.</summary>
    public string? Logits { get; }

    /// <summary>Returns the input of the ReLU that computes a tensor; null if no ReLU does.</summary>
    public string? BeforeReLU(string tensor) =>
        _file.MakerOf(tensor) is { OpType: "Relu" } maker && _sizes.SizesOf(maker.Input[0]) is not null ? maker.Input[0] : null;

    /// <summary>Returns the parts of the model: stages, embedding, classifier. A part has the nodes that no earlier part needs.</summary>
    public NetworkOutline Outline()
    {
        var done = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var parts = new List<OutlinePart>();
        string? first = _file.Nodes.FirstOrDefault(node => node.OpType.Contains("Conv", StringComparison.Ordinal))?.Output[0];
        if (first is not null && !(Stages is [var earliest, ..] && earliest.Tensor == first) && _sizes.MapOf(first) is { } stem)
            Add("stem", first, new MapShape(stem.Channels, stem.Height, stem.Width));
        foreach (var (i, stage) in Stages.Index())
            Add($"stage{i + 1}", stage.Tensor, new MapShape(stage.Shape.Channels, stage.Shape.Height, stage.Shape.Width));
        if (EmbeddingWidth is { } width)
            Add(NetworkOutline.Embedding, Embedding!, new MapShape(width, 1, 1));
        if (Logits is not null)
            Add(NetworkOutline.Classifier, Logits, new MapShape(_sizes.VectorOf(Logits)!.Value, 1, 1));
        return new NetworkOutline(parts);

        void Add(string name, string tensor, MapShape size)
        {
            var nodes = Needed(tensor).Where(done.Add).ToList();
            var types = nodes.CountBy(node => node.OpType).OrderByDescending(type => type.Value).Take(4);
            string layers = string.Join(", ", types.Select(type => $"{type.Value} {type.Key}"));
            parts.Add(new OutlinePart(name, size, $"{layers} → {tensor}", _sizes.CostOf(nodes)));
        }
    }

    private string Named(string name, int? classes)
    {
        string found = BeforeSoftmax(_file.Find(name, $"{Where}logits"));
        if (_sizes.VectorOf(found) is { } width && (classes is null || width == classes))
            return found;
        throw new UserErrorException($"{Where}logits: '{name}' of {_file.Path} is {Text(found)}, expected one number for each of the "
            + $"{classes} classes. Without logits a method can still use stages.");
    }

    private (string Tensor, OnnxStage? Tokens) NamedEmbedding(string name)
    {
        string found = _file.Find(name, $"{Where}embedding");
        if (_sizes.VectorOf(found) is not null)
            return (found, null);
        return _transformer.StageOf(found) is { IsTokens: true } tokens ? (found, tokens)
            : throw new UserErrorException(
                $"{Where}embedding: '{name}' of {_file.Path} is {Text(found)}, expected a vector, N×D or N×D×1×1, or tokens, N×T×D.");
    }

    // Of a model that ends in tokens, the class token, or the mean over the patches.
    private (string? Tensor, OnnxStage? Tokens) FoundEmbedding(string main, string[] narrows)
    {
        if (BeforeClassifier(main) is { } vector)
            return (vector, null);
        var last = narrows.Select(_transformer.StageOf).LastOrDefault(stage => stage is not null);
        return last is { IsTokens: true } ? (last.Tensor, last) : (null, null);
    }

    // The model's output in the space of the words, else whatever of it has their width.
    private (string? Tensor, OnnxStage? Tokens) EmbeddingOf(ClassWords words, string main, string[] narrows)
    {
        if (_file.Outputs.LastOrDefault(output => _sizes.VectorOf(output) == words.Width) is { } output)
            return (output, null);
        var (tensor, tokens) = FoundEmbedding(main, narrows);
        int? width = tensor is null ? null : tokens?.Shape.Channels ?? _sizes.VectorOf(tensor);
        return width == words.Width ? (tensor, tokens)
            : throw new UserErrorException($"{Where}words: found text embeddings of {words.Width} numbers, but no output of {_file.Path} "
                + $"has as many{(width is null ? "" : $" (its embedding has {width})")}; expected both from one model. Name the tensor by "
                + $"{Where}embedding.");
    }

    private OnnxStage NamedStage(string name)
    {
        string found = _file.Find(name, $"{Where}stages");
        return _transformer.AttentionOf(found) ?? StageOf(found)
            ?? throw new UserErrorException($"{Where}stages: '{name}' of {_file.Path} is {Text(found)}, expected a map N×C×H×W with the "
                + "images' proportions, tokens N×T×D or attention weights N×heads×T×T.");
    }

    private OnnxStage? StageOf(string tensor) => _sizes.MapOf(tensor) is { } map
        ? new OnnxStage(tensor, map, OnnxLayout.Map, null) : _transformer.StageOf(tensor);

    private IReadOnlyList<OnnxStage> InOrder(IReadOnlyList<OnnxStage> stages)
    {
        int[] places = [.. stages.Select(PlaceOf)];
        if (places.Zip(places.Skip(1)).All(pair => pair.First < pair.Second))
            return stages;
        string names = string.Join(", ", stages.Select(stage => stage.Tensor));
        throw new UserErrorException(
            $"{Where}stages: found {names}, expected each once, in the order in which {_file.Path} computes them.");

        int PlaceOf(OnnxStage stage) => _file.Nodes.Index().First(node => node.Item.Output.Contains(stage.Tensor)).Index;
    }

    private string Text(string tensor) => _sizes.SizesOf(tensor) is { } sizes
        ? $"{string.Join('×', sizes.Skip(1))} for each image"
        : "no tensor of floating-point numbers for each image";

    // Of several outputs the one that is computed last: earlier ones are auxiliary classifiers for the training.
    private string? Classifying(int? classes)
    {
        var wanted = _file.Outputs.ToHashSet(StringComparer.Ordinal);
        var outputs = _file.Nodes.SelectMany(node => node.Output).Where(wanted.Contains);
        return outputs.LastOrDefault(IsClassifier) is { } found ? BeforeSoftmax(found) : null;

        bool IsClassifier(string output) =>
            _sizes.VectorOf(BeforeSoftmax(output)) is { } width && (classes is null ? Classifies(output) : width == classes);
    }

    // Distinguishes logits from an embedding where the number of classes is unknown.
    private bool Classifies(string output) =>
        BeforeSoftmax(output) != output || (BeforeClassifier(output) is { } before && before != output);

    private string BeforeSoftmax(string tensor)
    {
        while (_file.MakerOf(tensor) is { OpType: "Softmax" or "LogSoftmax" or "Sigmoid" or "Identity" } maker
            && _sizes.SizesOf(maker.Input[0]) is not null)
            tensor = maker.Input[0];
        return tensor;
    }

    // The output that is computed last: the tensors on all paths to it form the trunk of the network.
    private string LastOutput() =>
        _file.Nodes.SelectMany(node => node.Output).LastOrDefault(_file.Outputs.ToHashSet(StringComparer.Ordinal).Contains)
        ?? throw new UserErrorException($"{_file.Path}: none of its outputs depends on its input; expected an image network.");

    // Follows the output back to the product with the classifier's weights.
    private string? BeforeClassifier(string output)
    {
        string tensor = output;
        while (_file.MakerOf(tensor) is { } maker)
        {
            if (maker.OpType is "Gemm" or "MatMul" or "QLinearMatMul" or "MatMulInteger")
                return _sizes.VectorOf(maker.Input[0]) is null ? null : maker.Input[0];
            if (!IsBesideProduct(maker.OpType))
                break;
            // Of a sum with the bias, in either order, the summand that depends on the images.
            tensor = maker.Input.FirstOrDefault(input => _sizes.SizesOf(input) is not null) ?? maker.Input[0];
        }
        return _sizes.VectorOf(output) is not null && output != Logits ? output : null;
    }

    private static bool IsBesideProduct(string operation) => operation is "Add" or "Identity" or "Softmax" or "LogSoftmax" or "Sigmoid"
        or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "QuantizeLinear" or "DequantizeLinear";

    // The blocks of a transformer; else of each resolution the last map on which alone all later nodes depend. A map with as many channels
    // as the images is no stage.
    private List<OnnxStage> Found(string[] narrows, BlockFeatures features)
    {
        var blocks = _transformer.Blocks(narrows);
        HasAttentionWeights = blocks.Count > 0 && blocks.All(block => block.Attention is not null);
        if (features == BlockFeatures.AttentionWeights)
        {
            return HasAttentionWeights ? [.. blocks.Select(block => block.Attention!)]
                : throw new UserErrorException($"{Where}blocks: found attention-weights, but {_file.Path} has no blocks, or blocks whose "
                    + "weights are no tensor of the graph; expected tokens, or the names of the weights in stages.");
        }
        if (blocks.Count > 1)
            return [.. blocks.Select(block => block.Block)];
        // A single block, such as an attention that pools, is a stage like any other.
        var lasts = new List<OnnxStage>();
        foreach (var stage in narrows.Select(StageOf).OfType<OnnxStage>())
        {
            var shape = stage.Shape;
            if (shape.Channels <= _sizes.Images.Channels || (shape.Height == 1 && shape.Width == 1))
                continue;
            if (lasts is [.., { Shape: var last }] && (last.Height, last.Width) == (shape.Height, shape.Width))
                lasts[^1] = stage;
            else
                lasts.Add(stage);
        }
        return lasts;
    }

    // The tensors that are on all paths from the images to an output, from the input on. Sizes of tensors tell nothing of the images.
    private IEnumerable<string> Narrows(string output)
    {
        var carrying = new HashSet<string>(StringComparer.Ordinal) { _file.Input.Name };
        var nodes = new List<NodeProto>();
        foreach (var node in Needed(output))
        {
            if (node.OpType is "Shape" or "Size" || !node.Input.Any(carrying.Contains))
                continue;
            nodes.Add(node);
            carrying.UnionWith(node.Output);
        }
        var lastUses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, node) in nodes.Index())
        {
            foreach (string input in node.Input.Where(carrying.Contains))
                lastUses[input] = i;
        }
        var open = new HashSet<string>(StringComparer.Ordinal);
        if (lastUses.ContainsKey(_file.Input.Name))
            open.Add(_file.Input.Name);
        foreach (var (i, node) in nodes.Index())
        {
            open.ExceptWith(node.Input.Where(tensor => lastUses.GetValueOrDefault(tensor, -1) == i));
            if (lastUses.GetValueOrDefault(output, -1) <= i)
                open.Remove(output);
            open.UnionWith(node.Output.Where(tensor => tensor == output || lastUses.GetValueOrDefault(tensor, -1) > i));
            if (open.Count == 1 && open.Contains(node.Output[0]))
                yield return node.Output[0];
        }
    }

    // The nodes that a tensor needs and that depend on the images, in the order of computation.
    private List<NodeProto> Needed(string tensor)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal) { tensor };
        var needed = new List<NodeProto>();
        foreach (var node in _file.Nodes.Reverse())
        {
            if (!node.Output.Any(wanted.Contains))
                continue;
            needed.Add(node);
            wanted.UnionWith(node.Input);
        }
        needed.Reverse();
        return needed;
    }
}
