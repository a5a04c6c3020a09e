using System.Globalization;
using System.Numerics;

namespace Pupil.Files.PyTorch;

/// <summary>
/// Reads a pickle without running anything of it. Python's own unpickler calls whatever a file names; this one knows numbers, texts, lists, tuples,
/// dictionaries, tensors and their storages, and refuses every other name.
/// </summary>
/// <param name="input">Where the pickle lies.</param>
/// <param name="path">The file's name in messages.</param>
internal sealed class Unpickler(PickleStream input, string path)
{
    private const int LongestNumber = 1024;

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memory = [];
    private readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>All storages that were referred to, by their keys.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => _storages;

    /// <summary>Reads to the end of one pickle.</summary>
    public object? Read()
    {
        while (true)
        {
            byte code = input.Byte();
            switch ((char)code)
            {
                case '.':
                    return Pop();
                case '\x80':
                    if (input.Byte() is var protocol and > 5)
                        throw input.Broken($"a pickle of protocol {protocol}");
                    break;
                case '\x95':
                    input.Int64();
                    break;
                case '(':
                    _marks.Push(_stack.Count);
                    break;
                case '0':
                    if (_marks.Count > 0 && _marks.Peek() == _stack.Count)
                        _marks.Pop();
                    else
                        Pop();
                    break;
                case '1':
                    PopToMark();
                    break;
                case '2':
                    _stack.Add(Top());
                    break;
                case 'N':
                    _stack.Add(null);
                    break;
                case '\x88':
                    _stack.Add(true);
                    break;
                case '\x89':
                    _stack.Add(false);
                    break;
                case 'J':
                    _stack.Add((long)input.Int32());
                    break;
                case 'K':
                    _stack.Add((long)input.Byte());
                    break;
                case 'M':
                    _stack.Add((long)input.UInt16());
                    break;
                case 'I':
                    _stack.Add(input.Line() switch { "00" => false, "01" => true, var text => Whole(text) });
                    break;
                case 'L':
                    _stack.Add(Whole(input.Line().TrimEnd('L')));
                    break;
                case '\x8a':
                    _stack.Add(Whole(input.Bytes(input.Byte())));
                    break;
                case '\x8b':
                    _stack.Add(Whole(input.Bytes(AtMost(LongestNumber, input.Int32()))));
                    break;
                case 'G':
                    _stack.Add(input.Double());
                    break;
                case 'F':
                    _stack.Add(double.TryParse(input.Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : throw input.Broken("no number where one should be"));
                    break;
                case 'X':
                    _stack.Add(input.Text(input.UInt32()));
                    break;
                case '\x8c':
                    _stack.Add(input.Text(input.Byte()));
                    break;
                case '\x8d':
                    _stack.Add(input.Text(input.Int64()));
                    break;
                case 'V':
                    _stack.Add(input.Line());
                    break;
                case 'T':
                    _stack.Add(input.Text(input.Int32()));
                    break;
                case 'U':
                    _stack.Add(input.Text(input.Byte()));
                    break;
                case 'B':
                    _stack.Add(input.Bytes(input.UInt32()));
                    break;
                case 'C':
                    _stack.Add(input.Bytes(input.Byte()));
                    break;
                case ']':
                    _stack.Add(new List<object?>());
                    break;
                case 'l':
                    _stack.Add(new List<object?>(PopToMark()));
                    break;
                case 'a':
                    {
                        object? item = Pop();
                        Top<List<object?>>().Add(item);
                        break;
                    }
                case 'e':
                    {
                        object?[] items = PopToMark();
                        Top<List<object?>>().AddRange(items);
                        break;
                    }
                case ')':
                    _stack.Add(Array.Empty<object?>());
                    break;
                case 't':
                    _stack.Add(PopToMark());
                    break;
                case '\x85':
                    _stack.Add(Take(1));
                    break;
                case '\x86':
                    _stack.Add(Take(2));
                    break;
                case '\x87':
                    _stack.Add(Take(3));
                    break;
                case '}':
                    _stack.Add(new PickledDictionary());
                    break;
                case 'd':
                    {
                        object?[] items = PopToMark();
                        var made = new PickledDictionary();
                        Fill(made, items);
                        _stack.Add(made);
                        break;
                    }
                case 's':
                    {
                        object?[] item = Take(2);
                        Fill(Top<PickledDictionary>(), item);
                        break;
                    }
                case 'u':
                    {
                        object?[] items = PopToMark();
                        Fill(Top<PickledDictionary>(), items);
                        break;
                    }
                case 'p':
                    _memory[Whole(input.Line()) is long place ? place : throw input.Broken("no place in the memory")] = Top();
                    break;
                case 'q':
                    _memory[input.Byte()] = Top();
                    break;
                case 'r':
                    _memory[input.UInt32()] = Top();
                    break;
                case '\x94':
                    _memory[_memory.Count] = Top();
                    break;
                case 'g':
                    _stack.Add(Remembered(Whole(input.Line()) is long asked ? asked : -1));
                    break;
                case 'h':
                    _stack.Add(Remembered(input.Byte()));
                    break;
                case 'j':
                    _stack.Add(Remembered(input.UInt32()));
                    break;
                case 'c':
                    _stack.Add(Named(input.Line(), input.Line()));
                    break;
                case '\x93':
                    {
                        object?[] name = Take(2);
                        _stack.Add(name is [string module, string member] ? Named(module, member) : throw input.Broken("a name that is no text"));
                        break;
                    }
                case 'Q':
                    _stack.Add(Stored(Pop()));
                    break;
                case 'R':
                    {
                        object?[] call = Take(2);
                        _stack.Add(call is [PickledName name, object?[] arguments] ? Made(name, arguments) : throw input.Broken("a call of something that is no name"));
                        break;
                    }
                case 'b':
                    // What an ordered dictionary has beside its entries (torch's _metadata) tells nothing about weights.
                    Pop();
                    Top<PickledDictionary>();
                    break;
                default:
                    throw input.Broken(code is (byte)'i' or (byte)'o' or 0x81 or 0x92
                        ? "an object of a class of its own" : $"the pickle code 0x{code:x2}, which files of weights have no use for,");
            }
        }
    }

    // The only names that do anything here, none of which runs what is in the file.
    private PickledName Named(string module, string name) => PickledTorch.IsKnown(module, name)
        ? new PickledName(module, name)
        : throw new UserErrorException($"{path}: asks for {SafeTensorsHeader.Show($"{module}.{name}")}, which is refused: only tensors, numbers, texts, lists and dictionaries are read from "
            + "a PyTorch file, and nothing in it is run. Save the weights alone: torch.save(model.state_dict(), FILE).");

    private object Made(PickledName name, object?[] arguments)
    {
        if (name is { Module: "collections", Name: "OrderedDict" })
        {
            var made = new PickledDictionary();
            foreach (object? pair in arguments is [List<object?> pairs] ? pairs : arguments.Length == 0 ? [] : throw input.Broken("an ordered dictionary of something else than pairs"))
                Fill(made, pair as object?[] ?? [.. pair as List<object?> ?? []]);
            return made;
        }
        return PickledTorch.Tensor(name, arguments) ?? throw input.Broken($"a tensor whose parts do not fit together ({name})");
    }

    private PickledStorage Stored(object? id)
    {
        var storage = PickledTorch.Storage(id) ?? throw input.Broken("a reference to something that is no storage");
        if (_storages.TryGetValue(storage.Key, out var known) && known != storage)
            throw input.Broken($"a storage '{SafeTensorsHeader.Show(storage.Key)}' of two sizes");
        return _storages[storage.Key] = storage;
    }

    private void Fill(PickledDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
            throw input.Broken("a dictionary with half an entry");
        for (int i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long or bool or double) and var key)
                throw input.Broken($"a dictionary's key that is neither text nor number ({key?.GetType().Name ?? "None"})");
            dictionary.Set(items[i]!, items[i + 1]);
        }
    }

    private object Whole(string text) => text.Length <= LongestNumber && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? Plain(number)
        : throw input.Broken("no whole number where one should be");

    private static object Whole(byte[] bytes) => Plain(new BigInteger(bytes));

    private static object Plain(BigInteger number)
    {
        object plain = number;
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            long small = (long)number;
            plain = small;
        }
        return plain;
    }

    private int AtMost(int most, int count) => count <= most ? count : throw input.Broken($"a number of {count} bytes");

    private object? Remembered(long place) => _memory.TryGetValue(place, out object? value) ? value : throw input.Broken("something recalled that was not there before");

    private object? Top() => _stack.Count > Bottom ? _stack[^1] : throw input.Broken("an operation without anything to work on");

    private T Top<T>() where T : class => Top() as T ?? throw input.Broken($"an entry added to something that is no {(typeof(T) == typeof(PickledDictionary) ? "dictionary" : "list")}");

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private int Bottom => _marks.Count > 0 ? _marks.Peek() : 0;

    private object?[] Take(int count)
    {
        if (_stack.Count - count < Bottom)
            throw input.Broken("an operation without enough to work on");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (!_marks.TryPop(out int start))
            throw input.Broken("the end of something that never began");
        object?[] values = [.. _stack[start..]];
        _stack.RemoveRange(start, _stack.Count - start);
        return values;
    }
}
