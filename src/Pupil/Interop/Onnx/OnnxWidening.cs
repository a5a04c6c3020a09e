using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using Pupil.Core;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Turns the float16 and bfloat16 numbers of a model into float32. ONNX Runtime computes few operators on bfloat16 on a CPU, and its
/// changes of float16 graphs can end the process. Every weight keeps its value; sums are more exact.
/// </summary>
internal static class OnnxWidening
{
    private const int Wide = (int)DataType.Float;

    // A model of ONNX has at most two gigabytes in one file.
    private const long MostNumbers = 1L << 29;

    // The attributes by which operators name the type of their output.
    private static readonly string[] TypeNames = ["to", "dtype", "output_dtype"];

    /// <summary>Changes a model; one without such numbers stays as it is.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Its file, beside which the files of its weights are.</param>
    /// <exception cref="UserErrorException">The numbers of a weight are missing.</exception>
    public static void Apply(ModelProto model, string path)
    {
        long narrow = model.Graph.Initializer.Where(tensor => IsNarrow(tensor.DataType)).Sum(tensor =>
            (long)BigInteger.Min(MostNumbers, tensor.Dims.Aggregate(BigInteger.One, (product, size) => product * Math.Max(0, size))));
        if (narrow > MostNumbers)
        {
            throw new UserErrorException($"{path}: has over {MostNumbers:N0} weights in half precision, which float32 holds in no ONNX "
                + "file; export it in float32 with its weights in a file of their own.");
        }
        Apply(model.Graph, path);
        foreach (var function in model.Functions)
        {
            foreach (var node in function.Node)
                Apply(node, path);
        }
    }

    private static bool IsNarrow(long type) => type is (long)DataType.Float16 or (long)DataType.Bfloat16;

    private static void Apply(GraphProto graph, string path)
    {
        foreach (var tensor in graph.Initializer)
            Apply(tensor, path);
        foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
        {
            if (value.Type?.TensorType is { } tensor && IsNarrow(tensor.ElemType))
                tensor.ElemType = Wide;
        }
        foreach (var node in graph.Node)
            Apply(node, path);
    }

    private static void Apply(NodeProto node, string path)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.T is { } tensor)
                Apply(tensor, path);
            if (attribute.G is { } inner)
                Apply(inner, path);
            if (IsNarrow(attribute.I) && TypeNames.Contains(attribute.Name))
                attribute.I = Wide;
        }
    }

    private static void Apply(TensorProto tensor, string path)
    {
        if (!IsNarrow(tensor.DataType))
            return;
        var numbers = tensor.Dims.Aggregate(BigInteger.One, (product, size) => product * Math.Max(0, size));
        if (numbers > MostNumbers)
        {
            throw new UserErrorException($"{path}: weight '{SafeTensorsHeader.Show(tensor.Name)}' in half precision has {numbers:N0} "
                + $"numbers, expected at most {MostNumbers:N0}; export the model in float32.");
        }
        long count = (long)numbers;
        byte[] narrow = tensor.DataLocation == TensorProto.Types.DataLocation.External ? Beside(tensor, path, 2 * count)
            : tensor.RawData.Length > 0 ? tensor.RawData.ToByteArray()
            : [.. tensor.Int32Data.SelectMany(number => new[] { (byte)number, (byte)(number >> 8) })];
        if (narrow.Length != 2 * count)
            throw Broken(tensor, path, $"{narrow.Length:N0} bytes for {count:N0} numbers");
        var bits = MemoryMarshal.Cast<byte, ushort>(narrow);
        float[] wide = new float[count];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = tensor.DataType == (int)DataType.Float16 ? (float)BitConverter.UInt16BitsToHalf(bits[i])
                : BitConverter.UInt32BitsToSingle((uint)bits[i] << 16);
        }
        tensor.DataType = Wide;
        tensor.Int32Data.Clear();
        tensor.ExternalData.Clear();
        tensor.DataLocation = TensorProto.Types.DataLocation.Default;
        tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(wide.AsSpan()));
    }

    // The numbers in a file in the model's folder.
    private static byte[] Beside(TensorProto tensor, string path, long bytes)
    {
        var entries = tensor.ExternalData.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
        string folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string file = Path.GetFullPath(Path.Combine(folder, entries.GetValueOrDefault("location", "")));
        long offset = Number("offset") ?? 0, length = Number("length") ?? bytes;
        if (!file.StartsWith(folder.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || !File.Exists(file))
            throw Broken(tensor, path, "its numbers in no file beside the model");
        using var stream = RegularFile.OpenRead(file);
        if (length != bytes || offset < 0 || offset > stream.Length - length || length > Array.MaxLength)
            throw Broken(tensor, path, $"bytes {offset} to {offset + length} of {stream.Length:N0} for {bytes / 2:N0} numbers");
        stream.Position = offset;
        byte[] narrow = new byte[length];
        stream.ReadExactly(narrow);
        return narrow;

        long? Number(string key) => entries.TryGetValue(key, out string? text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    private static UserErrorException Broken(TensorProto tensor, string path, string found) =>
        new($"{path}: weight '{SafeTensorsHeader.Show(tensor.Name)}' has {found}; the file is damaged, or a file beside it is missing.");
}
