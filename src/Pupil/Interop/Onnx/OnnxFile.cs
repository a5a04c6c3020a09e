using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using Pupil.Inference;
using Pupil.Settings;

namespace Pupil.Interop.Onnx;

/// <summary>The input of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Sizes">Its four sizes; 0 for a variable one.</param>
internal sealed record OnnxInput(string Name, TensorProto.Types.DataType Type, IReadOnlyList<int> Sizes)
{
    /// <summary>Whether the order is N×H×W×C.</summary>
    public bool IsChannelsLast => Sizes[3] is 1 or 3 && Sizes[1] is not (1 or 3);

    /// <summary>N; 0 if variable.</summary>
    public int Batch => Sizes[0];

    /// <summary>C; 0 if not stated.</summary>
    public int Channels => Sizes[IsChannelsLast ? 3 : 1];

    /// <summary>H; 0 if variable.</summary>
    public int Height => Sizes[IsChannelsLast ? 1 : 2];

    /// <summary>W; 0 if variable.</summary>
    public int Width => Sizes[IsChannelsLast ? 2 : 3];
}

/// <summary>An ONNX model of any origin: its graph, and the part that depends on the images. It is read, not computed.</summary>
internal sealed class OnnxFile
{
    // Larger than known networks for images: ONNX Runtime's own walks over graphs use the stack.
    private const int MostNodes = 20_000;

    private readonly Dictionary<string, NodeProto> _makers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<long>> _constants = new(StringComparer.Ordinal);

    private OnnxFile(string path, ModelProto model)
    {
        (Path, Model) = (path, model);
        if (model.Graph.Node.Count > MostNodes)
        {
            throw new UserErrorException(
                $"{path}: found {model.Graph.Node.Count:N0} nodes, expected at most {MostNodes:N0} of an image network.");
        }
        foreach (var tensor in model.Graph.Initializer)
            _constants[tensor.Name] = tensor.Dims;
        foreach (var node in model.Graph.Node)
        {
            foreach (string output in node.Output)
                _makers[output] = node;
            if (node.OpType == "Constant" && node.Attribute.FirstOrDefault(attribute => attribute.T is not null) is { T: var held })
                _constants[node.Output[0]] = held.Dims;
        }
        Input = InputOf();
        Nodes = NodesOnTheWay();
        var made = Nodes.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        Outputs = [.. model.Graph.Output.Select(output => output.Name).Where(made.Contains).Distinct()];
        var metadata = model.MetadataProps.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
        Card = metadata.ContainsKey(ModelCard.Key) ? ModelCard.FromMetadata(metadata, path) : null;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The content of the file.</summary>
    public ModelProto Model { get; }

    /// <summary>The input.</summary>
    public OnnxInput Input { get; }

    /// <summary>The nodes whose results depend on the images, in the order of computation.</summary>
    public IReadOnlyList<NodeProto> Nodes { get; }

    /// <summary>The sizes of the constants in the file, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Constants => _constants;

    /// <summary>The description in its metadata, if Pupil exported it.</summary>
    public ModelCard? Card { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">The file is missing, is no ONNX model, or has no image input.</exception>
    public static OnnxFile Read(string path)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: found no such file, expected an ONNX model.");
        try
        {
            using var stream = RegularFile.OpenRead(path);
            var model = ModelProto.Parser.ParseFrom(stream);
            if (model.Graph is not { Node.Count: > 0 })
                throw new UserErrorException($"{path}: found no graph, expected an ONNX model.");
            OnnxWidening.Apply(model, path);
            return new OnnxFile(path, model);
        }
        catch (Exception failure)
            when (failure is InvalidProtocolBufferException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read as an ONNX model ({failure.Message}); it is damaged, or has another format.", failure);
        }
    }

    /// <summary>Returns the tensor with a name, or the first output of the node with that name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="what">The option that names it, for the message.</param>
    /// <exception cref="UserErrorException">Neither exists among the nodes that depend on the images.</exception>
    public string Find(string name, string what)
    {
        string? found = Nodes.Any(node => node.Output.Contains(name)) ? name
            : Nodes.FirstOrDefault(node => node.Name == name)?.Output[0];
        if (found is not null)
            return found;
        var names = Nodes.SelectMany(node => node.Output.Append(node.Name)).Where(known => known.Length > 0);
        string hint = NearestName.Find(name, names) is { } like ? $"; did you mean '{like}'?" : ".";
        throw new UserErrorException(
            $"{what}: found '{name}', expected a tensor or a node between the input and the outputs of {Path}{hint}")
        {
            Cause = new MissingModelPart(Path),
        };
    }

    /// <summary>Returns the numbers of a float32 constant that the file itself holds; null for another tensor.</summary>
    public double[]? NumbersOf(string constant)
    {
        var tensor = Model.Graph.Initializer.FirstOrDefault(initializer => initializer.Name == constant);
        if (tensor is not { DataType: (int)TensorProto.Types.DataType.Float, DataLocation: TensorProto.Types.DataLocation.Default })
            return null;
        float[] numbers = tensor.RawData.Length > 0
            ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];
        return [.. numbers.Select(number => (double)number)];
    }

    /// <summary>Returns the node that computes a tensor; null for constants and for the input.</summary>
    public NodeProto? MakerOf(string tensor) => _makers.GetValueOrDefault(tensor);

    /// <summary>The outputs that depend on the images, in the file's order.</summary>
    public IReadOnlyList<string> Outputs { get; }

    private OnnxInput InputOf()
    {
        // Old files list their constants among the inputs.
        ValueInfoProto[] inputs = [.. Model.Graph.Input.Where(input => !Constants.ContainsKey(input.Name))];
        if (inputs is not [{ Type.TensorType: { Shape.Dim: [_, _, _, _] sizes } tensor } input])
        {
            string found = inputs.Length == 0 ? "no input" : $"the input {string.Join(", ", inputs.Select(Text))}";
            throw new UserErrorException($"{Path}: found {found}, expected one input, images of N×C×H×W or N×H×W×C.");
        }
        var type = (TensorProto.Types.DataType)tensor.ElemType;
        if (type is not (TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Uint8))
            throw new UserErrorException($"{Path}: found images of {type}, expected Float, Float16, Bfloat16 or Uint8.");
        return new OnnxInput(input.Name, type, [.. sizes.Select(size => (int)Math.Clamp(size.DimValue, 0, int.MaxValue))]);

        static string Text(ValueInfoProto input)
        {
            string sizes = input.Type?.TensorType?.Shape is { } shape
                ? string.Join('×', shape.Dim.Select(size => size.DimValue > 0 ? $"{size.DimValue}" : "?"))
                : "of unknown sizes";
            return $"'{input.Name}' ({sizes})";
        }
    }

    private List<NodeProto> NodesOnTheWay()
    {
        var dependent = new HashSet<string>(StringComparer.Ordinal) { Input.Name };
        var nodes = new List<NodeProto>();
        foreach (var node in Model.Graph.Node.Where(node => node.Output.Count > 0 && node.Input.Any(dependent.Contains)))
        {
            nodes.Add(node);
            dependent.UnionWith(node.Output.Where(output => output.Length > 0));
        }
        return nodes.Count > 0 ? nodes
            : throw new UserErrorException($"{Path}: found no node that depends on the input '{Input.Name}', expected an image network.");
    }
}
