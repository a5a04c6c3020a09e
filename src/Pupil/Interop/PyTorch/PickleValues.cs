using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>A dictionary as it was pickled, in its order. Keys are texts and numbers.</summary>
internal sealed class PickledDictionary
{
    private readonly Dictionary<object, object?> _entries = [];

    /// <summary>Its entries.</summary>
    public IReadOnlyDictionary<object, object?> Entries => _entries;

    /// <summary>Sets an entry.</summary>
    public void Set(object key, object? value) => _entries[key] = value;
}

/// <summary>A name of Python's that is known to do no harm.</summary>
/// <param name="Module">The module.</param>
/// <param name="Name">The name in it.</param>
internal sealed record PickledName(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>Where the numbers of tensors lie.</summary>
/// <param name="Key">What the file calls the place.</param>
/// <param name="Type">The type of the numbers.</param>
/// <param name="Count">How many there are.</param>
internal sealed record PickledStorage(string Key, ScalarType Type, long Count);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">Its numbers.</param>
/// <param name="Offset">Where its first one lies.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Stride">How far apart neighbours lie, for each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Stride);
