using System.Text;
using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>The header entry of one tensor in a safetensors file.</summary>
/// <param name="Name">The tensor's name, any text but <c>__metadata__</c>.</param>
/// <param name="Type">The type of the values.</param>
/// <param name="Shape">The sizes; empty for a scalar.</param>
/// <param name="Begin">The offset of the first value, in bytes after the header.</param>
/// <param name="End">The offset behind the last value, in bytes after the header.</param>
internal sealed record SafeTensorsEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
{
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The supported types: the format's name, libtorch's type and the bytes of one value. The order is the
    /// reference implementation's. Tensors are laid out by type from the last to the first, so that all values are aligned.
    /// </summary>
    public static readonly IReadOnlyList<(string Name, ScalarType Type, int Bytes)> Types =
    [
        ("BOOL", ScalarType.Bool, 1), ("U8", ScalarType.Byte, 1), ("I8", ScalarType.Int8, 1), ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I32", ScalarType.Int32, 4), ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
    ];

    private static readonly Comparer<byte[]> ByteOrder =
        Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    /// <summary>Assigns byte ranges to tensors without gaps: ordered by type, then by the UTF-8 bytes of the name.</summary>
    /// <exception cref="ArgumentException">The format does not allow a name or a type.</exception>
    public static IReadOnlyList<SafeTensorsEntry> LayOut(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var entries = new List<SafeTensorsEntry>();
        long end = 0;
        foreach (var (name, tensor) in tensors
            .OrderByDescending(pair => TypeIndex(pair.Key, pair.Value)).ThenBy(pair => NameBytes(pair.Key), ByteOrder))
        {
            long begin = end;
            var (_, type, bytes) = Types[TypeIndex(name, tensor)];
            end = checked(begin + tensor.numel() * bytes);
            entries.Add(new(name, type, tensor.shape, begin, end));
        }
        return entries;
    }

    private static int TypeIndex(string name, Tensor tensor)
    {
        for (int index = 0; index < Types.Count; index++)
            if (Types[index].Type == tensor.dtype) return index;
        throw new ArgumentException($"Tensor '{name}' has the type {tensor.dtype}, which a safetensors file cannot hold.");
    }

    private static byte[] NameBytes(string name) => name == SafeTensorsHeader.MetadataKey
        ? throw new ArgumentException($"No tensor may have the name {SafeTensorsHeader.MetadataKey}.")
        : StrictText.GetBytes(name);
}
