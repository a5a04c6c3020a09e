using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>A pickled dictionary in its order. Keys are texts and numbers.</summary>
internal sealed class PickledDictionary
{
    private readonly Dictionary<object, object?> _entries = [];

    /// <summary>The entries.</summary>
    public IReadOnlyDictionary<object, object?> Entries => _entries;

    /// <summary>Sets an entry.</summary>
    public void Set(object key, object? value) => _entries[key] = value;
}

/// <summary>A name of a Python object that is known to be harmless.</summary>
/// <param name="Module">The module.</param>
/// <param name="Name">The name in the module.</param>
internal sealed record PickledName(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A storage: the numbers that tensors are views of.</summary>
/// <param name="Key">The storage's key in the file.</param>
/// <param name="Type">The type of the numbers.</param>
/// <param name="Count">The count of numbers.</param>
internal sealed record PickledStorage(string Key, ScalarType Type, long Count);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The index of the first number in the storage.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Stride">The distance of neighbours in each dimension, in numbers.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Stride);
