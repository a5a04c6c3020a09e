using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Stores a model's weights in float16, in half the space. A Cast to float32 at opening keeps the speed and runs everywhere.
/// </summary>
internal static class OnnxHalf
{
    /// <summary>Changes the model. Each weight is rounded to 11 bits.</summary>
    /// <exception cref="UserErrorException">A weight is greater than 65,504, the largest number in float16.</exception>
    public static void Apply(ModelProto model)
    {
        var graph = model.Graph;
        var casts = new List<NodeProto>();
        // Single numbers are settings of operators.
        foreach (var weight in graph.Initializer
            .Where(initializer => initializer.DataType == (int)TensorProto.Types.DataType.Float && initializer.Dims.Count > 0))
        {
            var values = MemoryMarshal.Cast<byte, float>(weight.RawData.Span);
            var halves = new Half[values.Length];
            for (int i = 0; i < halves.Length; i++)
            {
                halves[i] = (Half)values[i];
                if (!Half.IsFinite(halves[i]))
                    throw new UserErrorException($"float16: found {values[i]} in '{weight.Name}', expected at most 65,504; use float32.");
            }
            string name = weight.Name;
            weight.Name = $"{name}.half";
            weight.DataType = (int)TensorProto.Types.DataType.Float16;
            weight.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(halves.AsSpan()));
            var cast = new NodeProto { OpType = "Cast", Name = $"{name}.cast" };
            cast.Input.Add(weight.Name);
            cast.Output.Add(name);
            cast.Attribute.Add(OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float));
            casts.Add(cast);
        }
        NodeProto[] others = [.. graph.Node];
        graph.Node.Clear();
        graph.Node.AddRange(casts.Concat(others));
    }
}
