using Pupil.Core;

namespace Pupil.Interop.PyTorch;

/// <summary>
/// Reads a pickle without executing code. Python's own unpickler calls any function that a file names. This one reads numbers, texts,
/// lists, tuples, sets, dictionaries, tensors and their storages. Every other object stays its name and its parts.
/// </summary>
/// <param name="input">The pickle.</param>
internal sealed class Unpickler(PickleStream input)
{

    // A tensor takes eight containers in about 85 bytes. A pickle with more for its length is made to fill the memory.
    private const long FreeItems = 10_000, BytesPerItem = 4;

    private readonly long _mostItems = FreeItems + input.Length / BytesPerItem;
    private readonly PickleStack _stack = new(input);
    private long _items;
    private readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages that tensors refer to, by their keys.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => _storages;

    /// <summary>Reads one pickle to its end and returns its value.</summary>
    /// <exception cref="UserErrorException">The pickle is broken.</exception>
    public object? Read()
    {
        while (true)
        {
            byte code = input.Byte();
            switch ((char)code)
            {
                case '.':
                    return _stack.Pop();
                case '\x80':
                    if (input.Byte() is var protocol and > 5)
                        throw input.Broken($"a pickle of protocol {protocol}");
                    break;
                case '\x95':
                    input.Int64();
                    break;
                case '(':
                    _stack.Mark();
                    break;
                case '0':
                    _stack.Discard();
                    break;
                case '1':
                    _stack.PopToMark();
                    break;
                case '2':
                    _stack.Push(_stack.Top());
                    break;
                case 'N':
                    _stack.Push(null);
                    break;
                case '\x88':
                    _stack.Push(true);
                    break;
                case '\x89':
                    _stack.Push(false);
                    break;
                case 'J':
                    _stack.Push((long)input.Int32());
                    break;
                case 'K':
                    _stack.Push((long)input.Byte());
                    break;
                case 'M':
                    _stack.Push((long)input.UInt16());
                    break;
                case 'I':
                    _stack.Push(input.Line() switch { "00" => false, "01" => true, var text => input.Whole(text) });
                    break;
                case 'L':
                    _stack.Push(input.Whole(input.Line().TrimEnd('L')));
                    break;
                case '\x8a':
                    _stack.Push(PickleNumbers.Whole(input.Bytes(input.Byte())));
                    break;
                case '\x8b':
                    _stack.Push(PickleNumbers.Whole(input.Bytes(input.AtMost(PickleNumbers.Longest, input.Int32()))));
                    break;
                case 'G':
                    _stack.Push(input.Double());
                    break;
                case 'F':
                    _stack.Push(input.Real(input.Line()));
                    break;
                case 'X':
                    _stack.Push(input.Text(input.UInt32()));
                    break;
                case '\x8c':
                    _stack.Push(input.Text(input.Byte()));
                    break;
                case '\x8d':
                    _stack.Push(input.Text(input.Int64()));
                    break;
                case 'V':
                    _stack.Push(input.Line());
                    break;
                case 'T':
                    _stack.Push(input.Text(input.Int32()));
                    break;
                case 'U':
                    _stack.Push(input.Text(input.Byte()));
                    break;
                case 'B':
                    _stack.Push(input.Bytes(input.UInt32()));
                    break;
                case 'C':
                    _stack.Push(input.Bytes(input.Byte()));
                    break;
                case '\x8e':
                case '\x96':
                    _stack.Push(input.Bytes(input.Int64()));
                    break;
                // A set is kept as a list of its items.
                case ']':
                case '\x8f':
                    _stack.Push(Counted(new List<object?>()));
                    break;
                case 'l':
                case '\x91':
                    _stack.Push(Counted(new List<object?>(_stack.PopToMark())));
                    break;
                case 'a':
                    Append(_stack.Take(1));
                    break;
                case 'e':
                case '\x90':
                    Append(_stack.PopToMark());
                    break;
                case ')':
                    _stack.Push(Array.Empty<object?>());
                    break;
                case 't':
                    _stack.Push(Counted(_stack.PopToMark()));
                    break;
                case '\x85':
                    _stack.Push(Counted(_stack.Take(1)));
                    break;
                case '\x86':
                    _stack.Push(Counted(_stack.Take(2)));
                    break;
                case '\x87':
                    _stack.Push(Counted(_stack.Take(3)));
                    break;
                case '}':
                    _stack.Push(Counted(new PickledDictionary()));
                    break;
                case 'd':
                    {
                        object?[] items = _stack.PopToMark();
                        var made = Counted(new PickledDictionary());
                        Fill(made, items);
                        _stack.Push(made);
                        break;
                    }
                case 's':
                    Set(_stack.Take(2));
                    break;
                case 'u':
                    Set(_stack.PopToMark());
                    break;
                case 'p':
                    _stack.Remember(input.Whole(input.Line()) is long place
                        ? place : throw input.Broken("a key that the memo cannot have"));
                    break;
                case 'q':
                    _stack.Remember(input.Byte());
                    break;
                case 'r':
                    _stack.Remember(input.UInt32());
                    break;
                case '\x94':
                    _stack.Remember();
                    break;
                case 'g':
                    _stack.Recall(input.Whole(input.Line()) is long asked ? asked : -1);
                    break;
                case 'h':
                    _stack.Recall(input.Byte());
                    break;
                case 'j':
                    _stack.Recall(input.UInt32());
                    break;
                case 'c':
                    _stack.Push(Counted(new PickledName(input.Line(), input.Line())));
                    break;
                case '\x93':
                    _stack.Push(_stack.Take(2) is [string module, string member]
                        ? Counted(new PickledName(module, member)) : throw input.Broken("a name that is not a text"));
                    break;
                case 'Q':
                    // Whole models of the older format store each class with its source text.
                    _stack.Push(_stack.Pop() is var id && id is object?[] and ["module", PickledName known, ..] ? known : Stored(id));
                    break;
                case 'R':
                case '\x81':
                    _stack.Push(_stack.Take(2) is [var function, object?[] arguments]
                        ? Made(function, arguments) : throw input.Broken("a call without arguments"));
                    break;
                case '\x92':
                    _stack.Push(_stack.Take(3) is [var type, object?[] values, PickledDictionary]
                        ? Made(type, values) : throw input.Broken("a call without arguments"));
                    break;
                case 'i':
                    _stack.Push(Made(Counted(new PickledName(input.Line(), input.Line())), _stack.PopToMark()));
                    break;
                case 'o':
                    _stack.Push(_stack.PopToMark() is [var called, .. var rest]
                        ? Made(called, rest) : throw input.Broken("an object without a class"));
                    break;
                case 'b':
                    Build(_stack.Pop());
                    break;
                default:
                    throw input.Broken($"the pickle code 0x{code:x2}, which files of weights do not use,");
            }
        }
    }

    // No function of a file is called: what is not known by its name stays a name with arguments.
    private object Made(object? function, object?[] arguments)
    {
        if (function is PickledObject { Name: var made })
            return Counted(new PickledObject(made, arguments));
        if (function is not PickledName name)
            throw input.Broken("a call of a value that is not a name");
        return Dictionary(name, arguments) ?? PickledTorch.Tensor(name, arguments, input)
            ?? (object)Counted(new PickledObject(name, arguments));
    }

    private PickledDictionary? Dictionary(PickledName name, object?[] arguments)
    {
        if (name is not ({ Module: "collections", Name: "OrderedDict" or "defaultdict" or "Counter" }
            or { Module: "builtins" or "__builtin__", Name: "dict" }))
            return null;
        // A default dictionary's argument makes its missing values; a counter's is a dictionary.
        if (arguments is [PickledDictionary counts])
            return counts;
        var made = Counted(new PickledDictionary());
        // The list may come from the memo any number of times.
        foreach (object? pair in arguments is [List<object?> pairs] ? pairs : [])
            Fill(made, Counted(pair as object?[] ?? [.. pair as List<object?> ?? []]));
        return made;
    }

    private void Append(object?[] items)
    {
        if (_stack.Top() is PickledObject)
            return;
        _stack.Top<List<object?>>().AddRange(items);
    }

    private void Set(object?[] items)
    {
        var target = _stack.Top() is PickledObject made ? made.Items ??= Counted(new PickledDictionary()) : _stack.Top<PickledDictionary>();
        Fill(target, items);
    }

    // The attributes of a known type, such as torch's _metadata of an ordered dictionary, contain no weights.
    private void Build(object? state)
    {
        if (_stack.Top() is PickledObject made)
            made.State = state;
        else if (_stack.Top() is not (PickledDictionary or PickledTensor))
            throw input.Broken("attributes of a value that is no object");
    }

    private PickledStorage Stored(object? id)
    {
        var storage = PickledTorch.Storage(id) ?? throw input.Broken("a reference to a value that is not a storage");
        if (_storages.TryGetValue(storage.Key, out var known) && known != storage)
            throw input.Broken($"a storage '{SafeTensorsHeader.Show(storage.Key)}' of two sizes or types");
        return _storages[storage.Key] = storage;
    }

    private void Fill(PickledDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
            throw input.Broken("a dictionary with half an entry");
        for (int i = 0; i < items.Length; i += 2)
            dictionary.Set(items[i], items[i + 1]);
    }

    private T Counted<T>(T value) => ++_items <= _mostItems ? value
        : throw input.Broken($"more than {_mostItems:N0} values, too many for {input.Length:N0} bytes,");
}
