using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using Pupil.Inference;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Brings convolutions and classifier to 8 bits, as pairs of QuantizeLinear and DequantizeLinear: weights with a step for each output channel, activations with
/// one step and zero point for each map, from the range that they have on images of the training split; biases in 32 bits.
/// </summary>
internal static class OnnxInteger
{
    private const int Least = -128, Most = 127;

    /// <summary>Changes the model.</summary>
    /// <param name="model">A model in float32.</param>
    /// <param name="calibration">Batches of inputs, by whose activations the ranges are told: the mean over the batches of their least and greatest values.</param>
    public static void Apply(ModelProto model, IEnumerable<NamedOnnxValue> calibration)
    {
        var graph = model.Graph;
        var weighted = graph.Node.Where(node => node.OpType is "Conv" or "Gemm").ToList();
        string[] maps = [.. weighted.SelectMany(node => node.OpType == "Conv" ? [node.Input[0], Activated(graph, node)] : new[] { node.Input[0] }).Distinct()];
        var steps = Ranges(model, maps, calibration).ToDictionary(range => range.Key, range => StepOf(range.Value.Least, range.Value.Greatest));
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
        // Each pair right behind what makes its map; those of the input first.
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

    // A ReLU that alone follows a convolution belongs to it.
    private static string Activated(GraphProto graph, NodeProto convolution)
    {
        var users = graph.Node.Where(node => node.Input.Contains(convolution.Output[0])).ToList();
        return users is [{ OpType: "Relu" } relu] ? relu.Output[0] : convolution.Output[0];
    }

    private static Dictionary<string, (double Least, double Greatest)> Ranges(ModelProto model, string[] maps, IEnumerable<NamedOnnxValue> calibration)
    {
        string input = model.Graph.Input[0].Name;
        var watched = model.Clone();
        watched.Graph.Output.Clear();
        watched.Graph.Output.AddRange(maps.Where(map => map != input).Select(map => new ValueInfoProto { Name = map, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } } }));
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

    // 0 must be a step of its own: padding and ReLU are full of it.
    private static (float Step, sbyte Zero) StepOf(double least, double greatest)
    {
        (least, greatest) = (Math.Min(0, least), Math.Max(0, greatest));
        float step = (float)Math.Max((greatest - least) / (Most - Least), 1e-12);
        return (step, (sbyte)Math.Clamp(Math.Round(Least - least / step), Least, Most));
    }

    private static List<NodeProto> Pair(GraphProto graph, string map, float step, sbyte zero)
    {
        string[] setting = [Add(graph, $"{map}.step", TensorProto.Types.DataType.Float, [], [step]), Add(graph, $"{map}.zero", TensorProto.Types.DataType.Int8, [], [zero])];
        return [Node("QuantizeLinear", [map, .. setting], $"{map}.quantized"), Node("DequantizeLinear", [$"{map}.quantized", .. setting], $"{map}.dequantized")];
    }

    // The weights' initializers become whole numbers; nodes give the numbers back under the old names.
    private static IEnumerable<NodeProto> Weights(GraphProto graph, NodeProto node, float inputStep)
    {
        var weight = graph.Initializer.First(initializer => initializer.Name == node.Input[1]);
        float[] values = MemoryMarshal.Cast<byte, float>(weight.RawData.Span).ToArray();
        int channels = (int)weight.Dims[0], each = values.Length / channels;
        float[] steps = [.. Enumerable.Range(0, channels).Select(channel => Math.Max(values.AsSpan(channel * each, each).ToArray().Max(Math.Abs) / Most, 1e-12f))];
        sbyte[] numbers = [.. values.Select((value, i) => (sbyte)Math.Clamp(Math.Round(value / steps[i / each]), -Most, Most))];
        string name = weight.Name;
        string whole = Replace(weight, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(numbers.AsSpan()));
        yield return Node("DequantizeLinear", [whole, Add(graph, $"{name}.steps", TensorProto.Types.DataType.Float, [channels], steps)], name, OnnxGraph.Attribute("axis", 0));
        if (node.Input.Count < 3)
            yield break;
        var bias = graph.Initializer.First(initializer => initializer.Name == node.Input[2]);
        float[] biasSteps = [.. steps.Select(step => step * inputStep)];
        int[] biases = [.. MemoryMarshal.Cast<byte, float>(bias.RawData.Span).ToArray().Select((value, i) => (int)Math.Clamp(Math.Round((double)value / biasSteps[i]), int.MinValue, int.MaxValue))];
        string biasName = bias.Name;
        whole = Replace(bias, TensorProto.Types.DataType.Int32, MemoryMarshal.AsBytes(biases.AsSpan()));
        yield return Node("DequantizeLinear", [whole, Add(graph, $"{biasName}.steps", TensorProto.Types.DataType.Float, [channels], biasSteps)], biasName, OnnxGraph.Attribute("axis", 0));
    }

    private static string Replace(TensorProto tensor, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes)
    {
        tensor.Name = $"{tensor.Name}.whole";
        tensor.DataType = (int)type;
        tensor.RawData = ByteString.CopyFrom(bytes);
        return tensor.Name;
    }

    private static string Add<T>(GraphProto graph, string name, TensorProto.Types.DataType type, long[] shape, T[] values) where T : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
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
