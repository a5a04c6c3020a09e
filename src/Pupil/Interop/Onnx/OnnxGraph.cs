using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using Pupil.Networks;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Writes a network as an ONNX graph in float32. A batch norm that follows a convolution is folded into its weights, in float64.
/// </summary>
internal sealed partial class OnnxGraph : IGraphWriter
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>The graph so far.</summary>
    public GraphProto Graph { get; } = new() { Name = "pupil" };

    public string Convolve(string input, Conv2d convolution, BatchNorm2d? norm = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (weight, bias) = convolution.FoldedWith(norm);
        string name = NewName("Conv");
        string[] biases = bias is null ? [] : [Constant($"{name}.bias", bias)];
        string[] inputs = [input, Constant($"{name}.weight", weight), .. biases];
        long pad = convolution.padding?[0] ?? 0;
        return Node("Conv", name, inputs, Attribute("kernel_shape", convolution.kernel_size!), Attribute("strides", convolution.stride!),
            Attribute("pads", [pad, pad, pad, pad]), Attribute("group", convolution.groups));
    }

    public string Normalize(string input, BatchNorm2d norm)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        string name = NewName("BatchNormalization");
        // Folded too: a factor and a summand for each channel.
        var (scale, shift) = norm.Line();
        string scaled = Node("Mul", $"{name}.scaled", [input, Constant($"{name}.scale", scale.view(1, -1, 1, 1))]);
        return Node("Add", name, [scaled, Constant($"{name}.shift", shift.view(1, -1, 1, 1))]);
    }

    public string Activate(string input, ActivationKind kind)
    {
        switch (kind)
        {
            case ActivationKind.None:
                return input;
            case ActivationKind.Relu6:
                string clip = NewName("Clip");
                return Node("Clip", clip, [input, Constant($"{clip}.least", [0], []), Constant($"{clip}.most", [6], [])]);
            case ActivationKind.HardSigmoid:
                return Node("HardSigmoid", NewName("HardSigmoid"), [input], Attribute("alpha", 1 / 6f), Attribute("beta", 0.5f));
            case ActivationKind.Silu:
                return Multiply(input, Activate(input, ActivationKind.Sigmoid));
            case ActivationKind.Gelu:
                return Gelu(input);
            default:
                // The others have ONNX's names.
                return Node($"{kind}", NewName($"{kind}"), [input]);
        }
    }

    public string Multiply(string one, string other) => Node("Mul", NewName("Mul"), [one, other]);

    public string Add(string one, string other) => Node("Add", NewName("Add"), [one, other]);

    public string MaxPool(string input, int size, int stride, int padding) =>
        Node("MaxPool", NewName("MaxPool"), [input], Attribute("kernel_shape", [size, size]), Attribute("strides", [stride, stride]),
            Attribute("pads", [padding, padding, padding, padding]));

    public string Subsample(string input, int channelsBefore, int channelsAfter)
    {
        string name = NewName("Subsample");
        string[] inputs =
        [
            input, Constant($"{name}.starts", 0, 0), Constant($"{name}.ends", long.MaxValue, long.MaxValue),
            Constant($"{name}.axes", 2, 3), Constant($"{name}.steps", 2, 2),
        ];
        string half = Node("Slice", $"{name}.half", inputs);
        return Node("Pad", name, [half, Constant($"{name}.pads", 0, channelsBefore, 0, 0, 0, channelsAfter, 0, 0)]);
    }

    public string Channels(string input, int from, int to)
    {
        string name = NewName("Channels");
        return Node("Slice", name, [input, Constant($"{name}.starts", from), Constant($"{name}.ends", to), Constant($"{name}.axes", 1)]);
    }

    public string Interleave(string first, string second, int channels)
    {
        string name = NewName("Interleave");
        string both = Node("Concat", $"{name}.both", [first, second], Attribute("axis", 1));
        long[] order = [.. Enumerable.Range(0, 2 * channels).Select(i => i / 2 + i % 2 * (long)channels)];
        return Node("Gather", name, [both, Constant($"{name}.order", order)], Attribute("axis", 1));
    }

    public string MeanMap(string input) => Node("GlobalAveragePool", NewName("Mean"), [input]);

    public string MeanOverPixels(string input)
    {
        string name = NewName("Embedding");
        return Node("Flatten", name, [Node("GlobalAveragePool", $"{name}.mean", [input])], Attribute("axis", 1));
    }

    public string Transform(string input, Linear layer)
    {
        using var scope = NewDisposeScope();
        string name = NewName("Gemm");
        string weight = Constant($"{name}.weight", layer.weight.detach());
        string bias = Constant($"{name}.bias", layer.bias!.detach());
        return Node("Gemm", name, [input, weight, bias], Attribute("transB", 1));
    }

    /// <summary>Adds a node with one output of the same name.</summary>
    /// <returns>The name.</returns>
    public string Node(string type, string name, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.AddRange(inputs);
        node.Output.Add(name);
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return name;
    }

    /// <summary>Adds a float32 constant.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string name, Tensor values)
    {
        using var scope = NewDisposeScope();
        return Constant(name, values.detach().cpu().to(ScalarType.Float32).contiguous().data<float>().ToArray(), values.shape);
    }

    /// <summary>Adds a float32 constant.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string name, float[] values, long[] shape) =>
        Constant(name, TensorProto.Types.DataType.Float, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>Adds an int64 vector.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string name, params long[] values) =>
        Constant(name, TensorProto.Types.DataType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>Makes an attribute with a whole number.</summary>
    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>Makes an attribute with a number.</summary>
    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    /// <summary>Makes an attribute with a list of whole numbers.</summary>
    public static AttributeProto Attribute(string name, long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>Makes an attribute with a text.</summary>
    public static AttributeProto Attribute(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    private string Constant(string name, TensorProto.Types.DataType type, long[] shape, byte[] bytes)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape);
        Graph.Initializer.Add(tensor);
        return name;
    }

    private string NewName(string type)
    {
        int number = _counts[type] = _counts.GetValueOrDefault(type) + 1;
        return $"{type}{number}";
    }
}
