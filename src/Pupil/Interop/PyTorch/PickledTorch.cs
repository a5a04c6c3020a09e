using System.Numerics;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Interprets the names of PyTorch objects in a pickle.</summary>
internal static class PickledTorch
{
    private const int MostDimensions = 64;
    private const long MostNumbers = 1L << 40;
    private const string Rebuild = "_rebuild";

    // The bytes of one number, and its type if it is read.
    private static readonly Dictionary<string, (int Bytes, ScalarType? Type)> Storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = (4, ScalarType.Float32),
        ["DoubleStorage"] = (8, ScalarType.Float64),
        ["HalfStorage"] = (2, ScalarType.Float16),
        ["BFloat16Storage"] = (2, ScalarType.BFloat16),
        ["LongStorage"] = (8, ScalarType.Int64),
        ["IntStorage"] = (4, ScalarType.Int32),
        ["ShortStorage"] = (2, ScalarType.Int16),
        ["CharStorage"] = (1, ScalarType.Int8),
        ["ByteStorage"] = (1, ScalarType.Byte),
        ["BoolStorage"] = (1, ScalarType.Bool),
        ["ComplexFloatStorage"] = (8, null),
        ["ComplexDoubleStorage"] = (16, null),
        ["QInt8Storage"] = (1, null),
        ["QUInt8Storage"] = (1, null),
        ["QInt32Storage"] = (4, null),
        ["QUInt4x2Storage"] = (1, null),
        ["QUInt2x4Storage"] = (1, null),
        ["UntypedStorage"] = (1, null),
    };

    /// <summary>Whether a value is, by its name, a tensor or an array of a kind that is not read.</summary>
    public static bool IsUnreadTensor(PickledObject value) =>
        (value.Name.Module.StartsWith("torch", StringComparison.Ordinal) && value.Name.Name.StartsWith(Rebuild, StringComparison.Ordinal))
        || value.Name is { Module: "numpy.core.multiarray" or "numpy._core.multiarray", Name: "_reconstruct" };

    /// <summary>
    /// Returns the storage of a persistent id <c>('storage', type, key, device, count[, view])</c>; null if it is not one, or of an unknown
    /// type.
    /// </summary>
    public static PickledStorage? Storage(object? id) =>
        id is object?[] { Length: 5 or 6 } parts
            && parts is ["storage", PickledName { Module: "torch" or "torch.storage" } type, string key, string, long count, ..]
            && count is >= 0 and <= MostNumbers
            && (parts.Length == 5 || parts[5] is null) && Storages.TryGetValue(type.Name, out var kind)
            ? new PickledStorage(key, kind.Type, count, kind.Bytes)
            : null;

    /// <summary>Returns the tensor that a torch function builds; null for another function, and for a storage that is not read.</summary>
    /// <param name="function">The function.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">The pickle, for messages.</param>
    /// <exception cref="UserErrorException">The arguments do not give a tensor within its storage.</exception>
    public static PickledTensor? Tensor(PickledName function, object?[] arguments, PickleStream input)
    {
        switch (function)
        {
            case { Module: "torch._utils", Name: "_rebuild_parameter" or "_rebuild_parameter_with_state" }:
                return arguments is [var data, ..] ? data as PickledTensor : null;
            case { Module: "torch._tensor", Name: "_rebuild_from_type_v2" }:
                return arguments is [PickledName inner, _, object?[] parts, ..] && inner.Module == "torch._utils"
                    ? Tensor(inner, parts, input) : null;
            case { Module: "torch._utils", Name: "_rebuild_tensor_v2" or "_rebuild_tensor" }:
                return arguments is [PickledStorage { Type: null }, ..] ? null : Tensor(arguments)
                    ?? throw input.Broken($"a tensor whose parts do not fit together ({function})");
            default:
                return null;
        }
    }

    private static PickledTensor? Tensor(object?[] arguments)
    {
        if (arguments is not [PickledStorage storage, long offset, object?[] sizes, object?[] strides, ..])
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
