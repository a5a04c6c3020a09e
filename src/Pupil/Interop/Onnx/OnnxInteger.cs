using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using Pupil.Inference;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Quantizes convolutions and classifier to 8 bits, as pairs of QuantizeLinear and DequantizeLinear. Weights have a scale for each output
/// channel. Activations have one scale and zero point for each map, from their range on images of the training split. Biases have 32 bits.
/// </summary>
internal static class OnnxInteger
{
    private const int Least = -128, Most = 127;

    /// <summary>Changes the model.</summary>
    /// <param name="model">A model in float32.</param>
    /// <param name="calibration">
    /// Batches of inputs, which determine the ranges of activations: the mean over the batches of their least and greatest values.
    /// </param>
    public static void Apply(ModelProto model, IEnumerable<NamedOnnxValue> calibration)
    {
        var graph = model.Graph;
        var weighted = graph.Node.Where(node => node.OpType is "Conv" or "Gemm").ToList();
        string[] maps = [.. weighted.SelectMany(node => MapsOf(graph, node)).Distinct()];
        var ranges = Ranges(model, maps, calibration);
        var steps = ranges.ToDictionary(range => range.Key, range => StepOf(range.Value.Least, range.Value.Greatest));
        var pairs = new Dictionary<string, List<NodeProto>>(StringComparer.Ordinal);
        foreach (var (map, (step, zero)) in steps)
            pairs.Add(map, Pair(graph, map, step, zero));
        var weights = weighted.SelectMany(node => Weights(graph, node, steps[node.Input[0]].Step)).ToList();
        foreach (var node in graph.Node.Concat(weights).ToList())
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                if (pairs.ContainsKey(node.Input[i]))
                    node.Input[i] = $"{node.Input[i]}.dequantized";
            }
        }
        // Each pair follows the node that computes its map; the pairs of inputs come first.
        var made = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        graph.Node.AddRange(weights);
        graph.Node.AddRange(pairs.Where(pair => !made.Contains(pair.Key)).SelectMany(pair => pair.Value));
        foreach (var node in nodes)
        {
            graph.Node.Add(node);
            graph.Node.AddRange(node.Output.Where(pairs.ContainsKey).SelectMany(output => pairs[output]));
        }
    }

    private static string[] MapsOf(GraphProto graph, NodeProto node) =>
        node.OpType == "Conv" ? [node.Input[0], Activated(graph, node)] : [node.Input[0]];

    // A ReLU or ReLU6 that is the only consumer of a convolution is computed with it.
    private static string Activated(GraphProto graph, NodeProto convolution)
    {
        var users = graph.Node.Where(node => node.Input.Contains(convolution.Output[0])).ToList();
        return users is [{ OpType: "Relu" or "Clip" } relu] ? relu.Output[0] : convolution.Output[0];
    }

    private static Dictionary<string, (double Least, double Greatest)> Ranges(
        ModelProto model, string[] maps, IEnumerable<NamedOnnxValue> calibration)
    {
        string input = model.Graph.Input[0].Name;
        var watched = model.Clone();
        watched.Graph.Output.Clear();
        watched.Graph.Output.AddRange(maps.Where(map => map != input).Select(FloatOutput));
        using var session = OnnxSession.Open(watched.ToByteArray());
        var sums = maps.ToDictionary(map => map, _ => (Least: 0.0, Greatest: 0.0), StringComparer.Ordinal);
        int batches = 0;
        foreach (var batch in calibration)
        {
            batches++;
            using var results = session.Run([batch]);
            foreach (var value in results.Append(batch).Where(value => sums.ContainsKey(value.Name)))
            {
                var numbers = value.AsTensor<float>().ToArray();
                sums[value.Name] = (sums[value.Name].Least + numbers.Min(), sums[value.Name].Greatest + numbers.Max());
            }
        }
        return sums.ToDictionary(sum => sum.Key, sum => (sum.Value.Least / batches, sum.Value.Greatest / batches), StringComparer.Ordinal);
    }

    private static ValueInfoProto FloatOutput(string name)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    // 0 must be exactly representable, because padding and ReLU produce many zeros.
    private static (float Step, sbyte Zero) StepOf(double least, double greatest)
    {
        (least, greatest) = (Math.Min(0, least), Math.Max(0, greatest));
        float step = (float)Math.Max((greatest - least) / (Most - Least), 1e-12);
        return (step, (sbyte)Math.Clamp(Math.Round(Least - least / step), Least, Most));
    }

    private static List<NodeProto> Pair(GraphProto graph, string map, float step, sbyte zero)
    {
        string[] setting =
        [
            Add(graph, $"{map}.step", TensorProto.Types.DataType.Float, [], [step]),
            Add(graph, $"{map}.zero", TensorProto.Types.DataType.Int8, [], [zero]),
        ];
        return
        [
            Node("QuantizeLinear", [map, .. setting], $"{map}.quantized"),
            Node("DequantizeLinear", [$"{map}.quantized", .. setting], $"{map}.dequantized"),
        ];
    }

    // The weights' constants become whole numbers; nodes dequantize them to tensors with the old names.
    private static IEnumerable<NodeProto> Weights(GraphProto graph, NodeProto node, float inputStep)
    {
        var weight = graph.Initializer.First(initializer => initializer.Name == node.Input[1]);
        float[] values = MemoryMarshal.Cast<byte, float>(weight.RawData.Span).ToArray();
        int channels = (int)weight.Dims[0], each = values.Length / channels;
        float[] steps = [.. Enumerable.Range(0, channels).Select(Step)];
        sbyte[] numbers = [.. values.Select((value, i) => (sbyte)Math.Clamp(Math.Round(value / steps[i / each]), -Most, Most))];
        string name = weight.Name;
        string whole = Replace(weight, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(numbers.AsSpan()));
        string scales = Add(graph, $"{name}.steps", TensorProto.Types.DataType.Float, [channels], steps);
        yield return Node("DequantizeLinear", [whole, scales], name, OnnxGraph.Attribute("axis", 0));
        if (node.Input.Count < 3)
            yield break;
        var bias = graph.Initializer.First(initializer => initializer.Name == node.Input[2]);
        float[] biasSteps = [.. steps.Select(step => step * inputStep)];
        float[] floats = MemoryMarshal.Cast<byte, float>(bias.RawData.Span).ToArray();
        int[] biases = [.. floats.Select(Bias)];
        string biasName = bias.Name;
        whole = Replace(bias, TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes(biases.AsSpan()));
        scales = Add(graph, $"{biasName}.steps", TensorProto.Types.DataType.Float, [channels], biasSteps);
        yield return Node("DequantizeLinear", [whole, scales], biasName, OnnxGraph.Attribute("axis", 0));

        float Step(int channel) => Math.Max(values.AsSpan(channel * each, each).ToArray().Max(Math.Abs) / Most, 1e-12f);

        int Bias(float value, int channel) => (int)Math.Clamp(Math.Round((double)value / biasSteps[channel]), int.MinValue, int.MaxValue);
    }

    private static string Replace(TensorProto tensor, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes)
    {
        tensor.Name = $"{tensor.Name}.whole";
        tensor.DataType = (int)type;
        tensor.RawData = ByteString.CopyFrom(bytes);
        return tensor.Name;
    }

    private static string Add<T>(GraphProto graph, string name, TensorProto.Types.DataType type, long[] shape, T[] values)
        where T : unmanaged
    {
        var bytes = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = bytes };
        tensor.Dims.AddRange(shape);
        graph.Initializer.Add(tensor);
        return name;
    }

    private static NodeProto Node(string type, string[] inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }
}
