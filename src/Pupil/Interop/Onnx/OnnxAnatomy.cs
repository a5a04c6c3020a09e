using Onnx;
using Pupil.Networks;

namespace Pupil.Interop.Onnx;

/// <summary>The tensors of a model that are its stages, embedding and logits, given by options or found in its graph.</summary>
internal sealed class OnnxAnatomy
{
    private const string Where = "expert.onnx.";

    private readonly OnnxFile _file;
    private readonly OnnxSizes _sizes;

    /// <summary>Finds the tensors.</summary>
    /// <param name="file">The model.</param>
    /// <param name="sizes">The sizes of its tensors.</param>
    /// <param name="options">The options that name tensors.</param>
    /// <param name="classes">K; null for any number of logits.</param>
    /// <exception cref="UserErrorException">A named tensor does not exist or has other sizes, or no tensor is usable.</exception>
    public OnnxAnatomy(OnnxFile file, OnnxSizes sizes, OnnxExpertOptions options, int? classes)
    {
        (_file, _sizes) = (file, sizes);
        Logits = options.Logits is { } logits ? Named(logits, classes) : Classifying(classes);
        string main = Logits ?? LastOutput();
        Embedding = options.Embedding is { } embedding ? NamedEmbedding(embedding) : BeforeClassifier(main);
        Stages = options.Stages is { } stages ? InOrder([.. stages.Select(NamedStage)]) : Found(main);
        if (Logits is null && Embedding is null && Stages.Count == 0)
        {
            string wanted = classes is { } count ? FormattableString.Invariant($"logits of {count} classes") : "logits";
            throw new UserErrorException($"{file.Path}: found neither maps with the images' proportions nor an embedding nor {wanted}; "
                + $"expected an image network. Name its parts by {Where}stages, {Where}embedding, {Where}logits.");
        }
    }

    /// <summary>The stages, from the input on; their names are those of the tensors.</summary>
    public IReadOnlyList<StageShape> Stages { get; }

    /// <summary>The tensor of the embedding; null if there is none.</summary>
    public string? Embedding { get; }

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
        if (first is not null && !(Stages is [var earliest, ..] && earliest.Name == first) && _sizes.MapOf(first) is { } stem)
            Add("stem", first, new MapShape(stem.Channels, stem.Height, stem.Width));
        foreach (var (i, stage) in Stages.Index())
            Add($"stage{i + 1}", stage.Name, new MapShape(stage.Channels, stage.Height, stage.Width));
        if (Embedding is not null)
            Add(NetworkOutline.Embedding, Embedding, new MapShape(_sizes.VectorOf(Embedding)!.Value, 1, 1));
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

    private string NamedEmbedding(string name)
    {
        string found = _file.Find(name, $"{Where}embedding");
        return _sizes.VectorOf(found) is not null ? found
            : throw new UserErrorException(
                $"{Where}embedding: '{name}' of {_file.Path} is {Text(found)}, expected a vector, N×D or N×D×1×1.");
    }

    private StageShape NamedStage(string name)
    {
        string found = _file.Find(name, $"{Where}stages");
        return _sizes.MapOf(found) is { } map ? map
            : throw new UserErrorException(
                $"{Where}stages: '{name}' of {_file.Path} is {Text(found)}, expected a map N×C×H×W with the images' proportions.");
    }

    private IReadOnlyList<StageShape> InOrder(IReadOnlyList<StageShape> stages)
    {
        int[] places = [.. stages.Select(PlaceOf)];
        if (places.Zip(places.Skip(1)).All(pair => pair.First < pair.Second))
            return stages;
        string names = string.Join(", ", stages.Select(stage => stage.Name));
        throw new UserErrorException(
            $"{Where}stages: found {names}, expected each once, in the order in which {_file.Path} computes them.");

        int PlaceOf(StageShape stage) => _file.Nodes.Index().First(node => node.Item.Output.Contains(stage.Name)).Index;
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

    // Of each resolution the last map on which alone all later nodes depend. A map with as many channels as the images is no stage.
    private List<StageShape> Found(string main)
    {
        var lasts = new List<StageShape>();
        foreach (string tensor in Narrows(main))
        {
            if (_sizes.MapOf(tensor) is not { } map || map.Channels <= _sizes.Images.Channels || (map.Height == 1 && map.Width == 1))
                continue;
            if (lasts is [.., var last] && (last.Height, last.Width) == (map.Height, map.Width))
                lasts[^1] = map;
            else
                lasts.Add(map);
        }
        return lasts;
    }

    // The tensors that are on all paths from the images to an output, from the input on.
    private IEnumerable<string> Narrows(string output)
    {
        var nodes = Needed(output);
        var lastUses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, node) in nodes.Index())
        {
            foreach (string input in node.Input)
                lastUses[input] = i;
        }
        var open = new HashSet<string>(StringComparer.Ordinal);
        if (lastUses.ContainsKey(_file.Input.Name))
            open.Add(_file.Input.Name);
        foreach (var (i, node) in nodes.Index())
        {
            open.ExceptWith(node.Input.Where(tensor => lastUses[tensor] == i));
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
