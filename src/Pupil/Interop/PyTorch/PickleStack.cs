namespace Pupil.Interop.PyTorch;

/// <summary>What an unpickler works on: a stack with marks, below which nothing is taken, and what it was told to remember.</summary>
/// <param name="input">Where the pickle lies, for messages.</param>
internal sealed class PickleStack(PickleStream input)
{
    private readonly List<object?> _values = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memory = [];

    private int Bottom => _marks.Count > 0 ? _marks.Peek() : 0;

    /// <summary>Puts a value on top.</summary>
    public void Push(object? value) => _values.Add(value);

    /// <summary>Puts a mark on top.</summary>
    public void Mark() => _marks.Push(_values.Count);

    /// <summary>The value on top.</summary>
    public object? Top() => _values.Count > Bottom ? _values[^1] : throw input.Broken("an operation without anything to work on");

    /// <summary>The dictionary or list on top.</summary>
    public T Top<T>() where T : class => Top() as T ?? throw input.Broken($"an entry added to something that is no {(typeof(T) == typeof(PickledDictionary) ? "dictionary" : "list")}");

    /// <summary>Takes the value on top.</summary>
    public object? Pop() => Take(1)[0];

    /// <summary>Takes so many values from the top; the lowest is the first.</summary>
    public object?[] Take(int count) => _values.Count - count >= Bottom ? Cut(_values.Count - count) : throw input.Broken("an operation without enough to work on");

    /// <summary>Takes all down to the last mark, and the mark.</summary>
    public object?[] PopToMark() => _marks.TryPop(out int start) ? Cut(start) : throw input.Broken("the end of something that never began");

    /// <summary>Throws away what is on top, a mark or a value.</summary>
    public void Discard()
    {
        if (_marks.Count > 0 && _marks.Peek() == _values.Count)
            _marks.Pop();
        else
            Pop();
    }

    /// <summary>Remembers the value on top.</summary>
    /// <param name="place">Where; null: in the next place.</param>
    public void Remember(long? place = null) => _memory[place ?? _memory.Count] = Top();

    /// <summary>Puts what was remembered on top.</summary>
    public void Recall(long place) => Push(_memory.TryGetValue(place, out object? value) ? value : throw input.Broken("something recalled that was not there before"));

    private object?[] Cut(int start)
    {
        object?[] values = [.. _values[start..]];
        _values.RemoveRange(start, _values.Count - start);
        return values;
    }
}
