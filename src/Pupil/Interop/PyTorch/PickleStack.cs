namespace Pupil.Interop.PyTorch;

/// <summary>The state of an unpickler: a stack whose marks limit what is popped, and the memo.</summary>
/// <param name="input">The pickle, for its position in messages.</param>
internal sealed class PickleStack(PickleStream input)
{
    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memory = [];

    private int Bottom => _marks.Count > 0 ? _marks.Peek() : 0;

    /// <summary>Pushes a value.</summary>
    public void Push(object? value) => _values.Add(value);

    /// <summary>Sets a mark at the top.</summary>
    public void Mark() => _marks.Push(_values.Count);

    /// <summary>Returns the top value without popping it.</summary>
    public object? Top() => _values.Count > Bottom ? _values[^1] : throw input.Broken("an operation without an operand");

    /// <summary>Returns the dictionary or list at the top without popping it.</summary>
    public T Top<T>() where T : class => Top() as T
        ?? throw input.Broken($"an entry for a value that is not a {(typeof(T) == typeof(PickledDictionary) ? "dictionary" : "list")}");

    /// <summary>Pops the top value.</summary>
    public object? Pop() => Take(1)[0];

    /// <summary>Pops <paramref name="count"/> values and returns them in the order of their pushes.</summary>
    public object?[] Take(int count) =>
        _values.Count - count >= Bottom ? Cut(_values.Count - count) : throw input.Broken("an operation with too few operands");

    /// <summary>Pops all values above the last mark, and the mark.</summary>
    public object?[] PopToMark() =>
        _marks.TryPop(out int start) ? Cut(start) : throw input.Broken("an operation that needs a mark, without one");

    /// <summary>Drops the top mark or value.</summary>
    public void Discard()
    {
        if (_marks.Count > 0 && _marks.Peek() == _values.Count)
            _marks.Pop();
        else
            Pop();
    }

    /// <summary>Stores the top value in the memo.</summary>
    /// <param name="place">The key in the memo; null for the next free one.</param>
    public void Remember(long? place = null) => _memory[place ?? _memory.Count] = Top();

    /// <summary>Pushes a value from the memo.</summary>
    public void Recall(long place) =>
        Push(_memory.TryGetValue(place, out object? value) ? value : throw input.Broken("a reference to a value that is not in the memo"));

    private object?[] Cut(int start)
    {
        object?[] values = [.. _values[start..]];
        _values.RemoveRange(start, _values.Count - start);
        return values;
    }
}
