using System.Numerics;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Interprets the names of PyTorch objects in a pickle.</summary>
internal static class PickledTorch
{
    private const int MostDimensions = 64;
    private const long MostNumbers = 1L << 40;

    private static readonly Dictionary<string, ScalarType> Storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = ScalarType.Float32,
        ["DoubleStorage"] = ScalarType.Float64,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    /// <summary>Whether a name is known and harmless.</summary>
    public static bool IsKnown(string module, string name) => (module, name) is ("collections", "OrderedDict")
        or ("torch._utils", "_rebuild_tensor_v2" or "_rebuild_tensor" or "_rebuild_parameter")
        || module == "torch" && Storages.ContainsKey(name);

    /// <summary>
    /// Returns the storage of a persistent id <c>('storage', type, key, device, count[, view])</c>; null if it is not one.
    /// </summary>
    public static PickledStorage? Storage(object? id) =>
        id is object?[] { Length: 5 or 6 } parts
            && parts is ["storage", PickledName { Module: "torch" } type, string key, string, long count, ..]
            && count is >= 0 and <= MostNumbers
            && (parts.Length == 5 || parts[5] is null) && Storages.TryGetValue(type.Name, out var kind)
            ? new PickledStorage(key, kind, count)
            : null;

    /// <summary>Returns the tensor that a torch function builds; null if the arguments do not give one within its storage.</summary>
    public static PickledTensor? Tensor(PickledName function, object?[] arguments)
    {
        if (function.Name == "_rebuild_parameter")
            return arguments is [PickledTensor data, ..] ? data : null;
        if (!function.Name.StartsWith("_rebuild_tensor", StringComparison.Ordinal)
            || arguments is not [PickledStorage storage, long offset, object?[] sizes, object?[] strides, ..])
            return null;
        if (sizes.Length != strides.Length || sizes.Length > MostDimensions
            || !sizes.Concat(strides).All(number => number is long and >= 0) || offset < 0)
            return null;
        long[] shape = [.. sizes.Cast<long>()], stride = [.. strides.Cast<long>()];
        // BigInteger: the numbers of a broken file may overflow any other type.
        var count = shape.Aggregate(BigInteger.One, (product, size) => product * size);
        var last = shape.Zip(stride).Aggregate((BigInteger)offset,
            (place, dimension) => place + Math.Max(0, dimension.First - 1) * (BigInteger)dimension.Second);
        bool fits = count == 0 ? offset <= storage.Count : count <= storage.Count && last < storage.Count;
        return fits ? new PickledTensor(storage, offset, shape, stride) : null;
    }
}
