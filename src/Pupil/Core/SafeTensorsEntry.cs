using System.Text;
using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name, any text but <c>__metadata__</c>.</param>
/// <param name="Type">The type of its values.</param>
/// <param name="Shape">Its sizes; none for a scalar.</param>
/// <param name="Begin">Where its values begin, in bytes after the header.</param>
/// <param name="End">Where its values end, in bytes after the header.</param>
internal sealed record SafeTensorsEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
{
    private static readonly UTF8Encoding StrictText = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The types that can be read and written: the format's name, libtorch's type and the bytes of one value. The order is the
    /// reference implementation's; tensors are laid out by it from the last to the first, so that all values lie aligned.
    /// </summary>
    public static readonly IReadOnlyList<(string Name, ScalarType Type, int Bytes)> Types =
    [
        ("BOOL", ScalarType.Bool, 1), ("U8", ScalarType.Byte, 1), ("I8", ScalarType.Int8, 1), ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2), ("I32", ScalarType.Int32, 4), ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8), ("I64", ScalarType.Int64, 8),
    ];

    private static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    /// <summary>Places tensors one behind the other: by type, and by the UTF-8 bytes of the name within a type.</summary>
    /// <exception cref="ArgumentException">A name or a type has no place in the format.</exception>
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
