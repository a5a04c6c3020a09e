using Onnx;
using Pupil.Networks;

namespace Pupil.Interop.Onnx;

/// <summary>Which tensors of a model are its stages, its embedding and its logits: as the options say, or as its graph tells.</summary>
internal sealed class OnnxAnatomy
{
    private const string Where = "expert.onnx.";

    private readonly OnnxFile _file;
    private readonly OnnxSizes _sizes;

    /// <summary>Finds them.</summary>
    /// <param name="file">The model.</param>
    /// <param name="sizes">The sizes of its tensors.</param>
    /// <param name="options">What is said about it.</param>
    /// <param name="classes">How many logits count; null: any number.</param>
    /// <exception cref="UserErrorException">A tensor named is not there, or is no such thing; or nothing is found to teach by.</exception>
    public OnnxAnatomy(OnnxFile file, OnnxSizes sizes, OnnxExpertOptions options, int? classes)
    {
        (_file, _sizes) = (file, sizes);
        Logits = options.Logits is { } logits ? Named(logits, classes) : Classifying(classes);
        string main = Logits ?? LastOutput();
        Embedding = options.Embedding is { } embedding ? NamedEmbedding(embedding) : BeforeClassifier(main);
        Stages = options.Stages is { } stages ? InOrder([.. stages.Select(NamedStage)]) : Found(main);
        if (Logits is null && Embedding is null && Stages.Count == 0)
        {
            throw new UserErrorException($"{file.Path}: nothing in it is a map of the images' resolution, an embedding or logits{(classes is { } count ? $" of {count} classes" : "")}; "
                + $"expected an image network. Name its parts by {Where}stages, {Where}embedding, {Where}logits.");
        }
    }

    /// <summary>The maps it teaches by, named by their tensors, from the input on.</summary>
    public IReadOnlyList<StageShape> Stages { get; }

    /// <summary>The tensor of its embedding; null: it has none.</summary>
    public string? Embedding { get; }

    /// <summary>The tensor of its logits; null: it has none of the classes.</summary>
    public string? Logits { get; }

    /// <summary>What goes into the ReLU that makes a tensor; null where none does.</summary>
    public string? BeforeReLU(string tensor) => _file.MakerOf(tensor) is { OpType: "Relu" } maker && _sizes.Of(maker.Input[0]) is not null ? maker.Input[0] : null;

    /// <summary>What is done from the input to each of the stages, to the embedding and to the logits: a part is what the one before did not need.</summary>
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
            string layers = string.Join(", ", nodes.CountBy(node => node.OpType).OrderByDescending(type => type.Value).Take(4).Select(type => $"{type.Value} {type.Key}"));
            parts.Add(new OutlinePart(name, size, $"{layers} → {tensor}", _sizes.CostOf(nodes)));
        }
    }

    private string Named(string name, int? classes)
    {
        string found = BeforeSoftmax(_file.Find(name, $"{Where}logits"));
        return _sizes.VectorOf(found) is { } width && (classes is null || width == classes) ? found
            : throw new UserErrorException($"{Where}logits: '{name}' of {_file.Path} is {Text(found)}, expected one number for each of the {classes} classes; leave it out to be taught by stages alone.");
    }

    private string NamedEmbedding(string name)
    {
        string found = _file.Find(name, $"{Where}embedding");
        return _sizes.VectorOf(found) is not null ? found
            : throw new UserErrorException($"{Where}embedding: '{name}' of {_file.Path} is {Text(found)}, expected a vector, N×D or N×D×1×1.");
    }

    private StageShape NamedStage(string name)
    {
        string found = _file.Find(name, $"{Where}stages");
        return _sizes.MapOf(found) is { } map ? map
            : throw new UserErrorException($"{Where}stages: '{name}' of {_file.Path} is {Text(found)}, expected a map N×C×H×W as wide for its height as the images are.");
    }

    private IReadOnlyList<StageShape> InOrder(IReadOnlyList<StageShape> stages)
    {
        int[] places = [.. stages.Select(PlaceOf)];
        return places.Zip(places.Skip(1)).All(pair => pair.First < pair.Second) ? stages
            : throw new UserErrorException($"{Where}stages: found {string.Join(", ", stages.Select(stage => stage.Name))}, expected each once, in the order in which {_file.Path} computes them.");

        int PlaceOf(StageShape stage) => _file.Nodes.Index().First(node => node.Item.Output.Contains(stage.Name)).Index;
    }

    private string Text(string tensor) => _sizes.Of(tensor) is { } sizes ? $"{string.Join('×', sizes.Skip(1))} for each image" : "no tensor of floating-point numbers for each image";

    // Of several outputs the one that is computed last: those before it helped in training.
    private string? Classifying(int? classes) => _file.Nodes.SelectMany(node => node.Output).Where(_file.Outputs.Contains)
        .LastOrDefault(output => _sizes.VectorOf(BeforeSoftmax(output)) is { } width && (classes is null ? Classifies(output) : width == classes)) is { } found ? BeforeSoftmax(found) : null;

    // How an output that nobody says anything about is told from an embedding.
    private bool Classifies(string output) => BeforeSoftmax(output) != output || (BeforeClassifier(output) is { } before && before != output);

    private string BeforeSoftmax(string tensor) =>
        _file.MakerOf(tensor) is { OpType: "Softmax" or "LogSoftmax" or "Identity" } maker && _sizes.Of(maker.Input[0]) is not null ? BeforeSoftmax(maker.Input[0]) : tensor;

    // Of the outputs the one that is computed last: what lies on all ways to it lies on the network's trunk.
    private string LastOutput() => _file.Nodes.SelectMany(node => node.Output).LastOrDefault(_file.Outputs.Contains)
        ?? throw new UserErrorException($"{_file.Path}: none of its outputs depends on its input; expected an image network.");

    // Goes back from the output to the product with the classifier's weights.
    private string? BeforeClassifier(string output)
    {
        string tensor = output;
        while (_file.MakerOf(tensor) is { } maker)
        {
            if (maker.OpType is "Gemm" or "MatMul" or "QLinearMatMul" or "MatMulInteger")
                return _sizes.VectorOf(maker.Input[0]) is null ? null : maker.Input[0];
            if (maker.OpType is not ("Add" or "Identity" or "Softmax" or "LogSoftmax" or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "QuantizeLinear" or "DequantizeLinear"))
                break;
            // Of a sum with the bias, in whichever order, what comes from the images.
            tensor = maker.Input.FirstOrDefault(input => _sizes.Of(input) is not null) ?? maker.Input[0];
        }
        return _sizes.VectorOf(output) is not null && output != Logits ? output : null;
    }

    // Of each resolution the last map that everything after it depends on alone. What is still a picture, of as many channels, is no stage.
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

    // The tensors through which all ways from the images to an output go, from the input on.
    private IEnumerable<string> Narrows(string output)
    {
        var nodes = Needed(output);
        var lastUses = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (i, node) in nodes.Index())
        {
            foreach (string input in node.Input)
                lastUses[input] = i;
        }
        var open = new HashSet<string>(StringComparer.Ordinal) { _file.Input.Name };
        foreach (var (i, node) in nodes.Index())
        {
            open.RemoveWhere(tensor => lastUses.GetValueOrDefault(tensor, -1) <= i);
            open.UnionWith(node.Output.Where(tensor => tensor == output || lastUses.GetValueOrDefault(tensor, -1) > i));
            if (open.Count == 1 && open.Contains(node.Output[0]))
                yield return node.Output[0];
        }
    }

    // The nodes that a tensor needs, in the order of computation, of those that depend on the images.
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
