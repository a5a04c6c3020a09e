using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Onnx;
using Pupil.Core;
using Pupil.Inference;
using Pupil.Networks.Quantization;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Quantizes convolutions and classifier to 8 bits, as pairs of QuantizeLinear and DequantizeLinear. Weights have a scale for each output
/// channel. Activations have one scale and zero point for each map, from their range on images of the training split. Biases have 32 bits.
/// </summary>
internal static class OnnxInteger
{
    /// <summary>Determines the scales of the maps that are computed in 8 bits.</summary>
    /// <param name="model">A model in float32.</param>
    /// <param name="calibration">
    /// Batches of inputs, which determine the ranges of activations: the mean over the batches of their least and greatest values.
    /// </param>
    /// <returns>
    /// The scales by the maps' names. The network's input is <see cref="OnnxModel.Images"/>, also in a model that prepares pictures.
    /// </returns>
    public static IReadOnlyDictionary<string, MapScale> Calibrate(ModelProto model, IEnumerable<NamedOnnxValue> calibration)
    {
        var graph = model.Graph;
        string[] maps = [.. Weighted(graph).SelectMany(node => MapsOf(graph, node)).Distinct()];
        return Ranges(model, maps, calibration).ToDictionary(
            range => range.Key == InputOf(graph) ? OnnxModel.Images : range.Key,
            range => MapScale.OfRange(range.Value.Least, range.Value.Greatest), StringComparer.Ordinal);
    }

    /// <summary>Changes the model.</summary>
    /// <param name="model">A model in float32.</param>
    /// <param name="scales">The scales of its maps, from <see cref="Calibrate"/>.</param>
    public static void Apply(ModelProto model, IReadOnlyDictionary<string, MapScale> scales)
    {
        var graph = model.Graph;
        var weighted = Weighted(graph).ToList();
        var steps = scales.ToDictionary(
            scale => scale.Key == OnnxModel.Images ? InputOf(graph) : scale.Key, scale => scale.Value, StringComparer.Ordinal);
        var pairs = new Dictionary<string, List<NodeProto>>(StringComparer.Ordinal);
        foreach (var (map, scale) in steps)
            pairs.Add(map, Pair(graph, map, scale));
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

    private static IEnumerable<NodeProto> Weighted(GraphProto graph) => graph.Node.Where(node => node.OpType is "Conv" or "Gemm");

    // Every network begins with a convolution; the preparation of pictures has none.
    private static string InputOf(GraphProto graph) => Weighted(graph).First().Input[0];

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
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static List<NodeProto> Pair(GraphProto graph, string map, MapScale scale)
    {
        string[] setting =
        [
            Add(graph, $"{map}.step", DataType.Float, [], [scale.Step]),
            Add(graph, $"{map}.zero", DataType.Int8, [], [scale.Zero]),
        ];
        return
        [
            Node("QuantizeLinear", [map, .. setting], $"{map}.quantized"),
            Node("DequantizeLinear", [$"{map}.quantized", .. setting], $"{map}.dequantized"),
        ];
    }

    // The weights' constants become whole numbers; nodes dequantize them to tensors with the old names.
    private static List<NodeProto> Weights(GraphProto graph, NodeProto node, float inputStep)
    {
        var weight = graph.Initializer.First(initializer => initializer.Name == node.Input[1]);
        using var scope = NewDisposeScope();
        var values = Values(weight);
        var steps = IntegerScheme.WeightSteps(values);
        sbyte[] whole = ToArray<sbyte>(IntegerScheme.WholeWeights(values, steps), ScalarType.Int8);
        var nodes = new List<NodeProto> { Dequantize(weight, DataType.Int8, whole, steps) };
        if (node.Input.Count > 2)
        {
            var bias = graph.Initializer.First(initializer => initializer.Name == node.Input[2]);
            var biasSteps = steps.Times(inputStep);
            int[] biases = ToArray<int>(IntegerScheme.WholeBias(Values(bias), biasSteps), ScalarType.Int32);
            nodes.Add(Dequantize(bias, DataType.Int32, biases, biasSteps));
        }
        return nodes;

        NodeProto Dequantize<T>(TensorProto tensor, DataType type, T[] numbers, Tensor tensorSteps) where T : unmanaged
        {
            string name = tensor.Name;
            string constant = Replace(tensor, type, MemoryMarshal.AsBytes(numbers.AsSpan()));
            float[] scales = ToArray<float>(tensorSteps, ScalarType.Float32);
            return Node("DequantizeLinear", [constant, Add(graph, $"{name}.steps", DataType.Float, [scales.Length], scales)], name,
                OnnxGraph.Attribute("axis", 0));
        }
    }

    private static Tensor Values(TensorProto constant) =>
        tensor(MemoryMarshal.Cast<byte, float>(constant.RawData.Span).ToArray(), [.. constant.Dims]);

    private static T[] ToArray<T>(Tensor numbers, ScalarType type) where T : unmanaged =>
        numbers.to(type).contiguous().data<T>().ToArray();

    private static string Replace(TensorProto tensor, DataType type, ReadOnlySpan<byte> bytes)
    {
        tensor.Name = $"{tensor.Name}.whole";
        tensor.DataType = (int)type;
        tensor.RawData = ByteString.CopyFrom(bytes);
        return tensor.Name;
    }

    private static string Add<T>(GraphProto graph, string name, DataType type, long[] shape, T[] values)
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
