using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;

namespace Pupil.Interop.Onnx;

/// <summary>Keeps a model's weights in float16: half the file. They become float32 when it is opened, so that it runs everywhere and as fast.</summary>
internal static class OnnxHalf
{
    /// <summary>Changes the model. Every weight is rounded to 11 bits; what is over 65,504 is refused.</summary>
    /// <exception cref="UserErrorException">A weight has no place in float16.</exception>
    public static void Apply(ModelProto model)
    {
        var graph = model.Graph;
        var casts = new List<NodeProto>();
        foreach (var weight in graph.Initializer.Where(initializer => initializer.DataType == (int)TensorProto.Types.DataType.Float))
        {
            var values = MemoryMarshal.Cast<byte, float>(weight.RawData.Span);
            var halves = new Half[values.Length];
            for (int i = 0; i < halves.Length; i++)
            {
                halves[i] = (Half)values[i];
                if (!Half.IsFinite(halves[i]))
                    throw new UserErrorException($"float16: '{weight.Name}' holds {values[i]}, which is over what float16 can hold; use float32.");
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
