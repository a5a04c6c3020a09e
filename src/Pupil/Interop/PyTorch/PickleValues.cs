using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>A pickled dictionary in its order. Keys are texts, numbers and, compared by reference, any other value.</summary>
internal sealed class PickledDictionary
{
    private static readonly object None = new();

    private readonly Dictionary<object, object?> _entries = [];

    /// <summary>The entries.</summary>
    public IReadOnlyDictionary<object, object?> Entries => _entries;

    /// <summary>Sets an entry.</summary>
    public void Set(object? key, object? value) => _entries[key ?? None] = value;
}

/// <summary>A name of a Python function or class. Nothing of that name is looked up.</summary>
/// <param name="Module">The module.</param>
/// <param name="Name">The name in the module.</param>
internal sealed record PickledName(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>
/// A value that only code of the file's program could build, such as the options of a run: its name and its parts. It is never built.
/// </summary>
/// <param name="name">The function or class that would build it.</param>
/// <param name="arguments">The arguments.</param>
internal sealed class PickledObject(PickledName name, object?[] arguments)
{
    /// <summary>The function or class that would build the value.</summary>
    public PickledName Name => name;

    /// <summary>The arguments of that function.</summary>
    public IReadOnlyList<object?> Arguments => arguments;

    /// <summary>The attributes, mostly a dictionary; null without any.</summary>
    public object? State { get; set; }

    /// <summary>The entries of a value that is a dictionary of its own type; null for another.</summary>
    public PickledDictionary? Items { get; set; }
}

/// <summary>The tensors of a dictionary or module, by name.</summary>
/// <param name="Tensors">The tensors.</param>
/// <param name="Unread">Those that need code to be built.</param>
internal sealed record PickledTensors(
    IReadOnlyDictionary<string, PickledTensor> Tensors, IReadOnlyDictionary<string, PickledObject> Unread)
{
    /// <summary>No tensors.</summary>
    public static PickledTensors None { get; } = new(new Dictionary<string, PickledTensor>(), new Dictionary<string, PickledObject>());
}

/// <summary>A storage: the numbers that tensors are views of.</summary>
/// <param name="Key">The storage's key in the file.</param>
/// <param name="Type">The type of the numbers; null for one that is not read.</param>
/// <param name="Count">The count of numbers.</param>
/// <param name="NumberBytes">The bytes of one number.</param>
internal sealed record PickledStorage(string Key, ScalarType? Type, long Count, int NumberBytes)
{
    /// <summary>The bytes of all numbers.</summary>
    public long Bytes => Count * NumberBytes;
}

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">The index of the first number in the storage.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Stride">The distance of neighbours in each dimension, in numbers.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Stride);
