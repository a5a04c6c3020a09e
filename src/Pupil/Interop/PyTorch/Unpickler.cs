using System.Globalization;
using System.Numerics;
using Pupil.Core;

namespace Pupil.Interop.PyTorch;

/// <summary>
/// Reads a pickle without executing code. Python's own unpickler calls any function that a file names. This one reads numbers, texts,
/// lists, tuples, dictionaries, tensors and their storages, and refuses every other name.
/// </summary>
/// <param name="input">The pickle.</param>
/// <param name="path">The file's name in messages.</param>
internal sealed class Unpickler(PickleStream input, string path)
{
    private const int LongestNumber = 1024;

    // A tensor takes eight containers in about 85 bytes. A pickle with more for its length is made to fill the memory.
    private const long FreeItems = 10_000, BytesPerItem = 4;

    private readonly long _mostItems = FreeItems + input.Length / BytesPerItem;
    private readonly PickleStack _stack = new(input);
    private long _items;
    private readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages that tensors refer to, by their keys.</summary>
    public IReadOnlyDictionary<string, PickledStorage> Storages => _storages;

    /// <summary>Reads one pickle to its end and returns its value.</summary>
    /// <exception cref="UserErrorException">The pickle is broken or names something unknown.</exception>
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
                    _stack.Push(input.Line() switch { "00" => false, "01" => true, var text => Whole(text) });
                    break;
                case 'L':
                    _stack.Push(Whole(input.Line().TrimEnd('L')));
                    break;
                case '\x8a':
                    _stack.Push(Whole(input.Bytes(input.Byte())));
                    break;
                case '\x8b':
                    _stack.Push(Whole(input.Bytes(AtMost(LongestNumber, input.Int32()))));
                    break;
                case 'G':
                    _stack.Push(input.Double());
                    break;
                case 'F':
                    _stack.Push(Real(input.Line()));
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
                case ']':
                    _stack.Push(Counted(new List<object?>()));
                    break;
                case 'l':
                    _stack.Push(Counted(new List<object?>(_stack.PopToMark())));
                    break;
                case 'a':
                    {
                        object? item = _stack.Pop();
                        _stack.Top<List<object?>>().Add(item);
                        break;
                    }
                case 'e':
                    {
                        object?[] items = _stack.PopToMark();
                        _stack.Top<List<object?>>().AddRange(items);
                        break;
                    }
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
                    {
                        object?[] item = _stack.Take(2);
                        Fill(_stack.Top<PickledDictionary>(), item);
                        break;
                    }
                case 'u':
                    {
                        object?[] items = _stack.PopToMark();
                        Fill(_stack.Top<PickledDictionary>(), items);
                        break;
                    }
                case 'p':
                    _stack.Remember(Whole(input.Line()) is long place ? place : throw input.Broken("a key that the memo cannot have"));
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
                    _stack.Recall(Whole(input.Line()) is long asked ? asked : -1);
                    break;
                case 'h':
                    _stack.Recall(input.Byte());
                    break;
                case 'j':
                    _stack.Recall(input.UInt32());
                    break;
                case 'c':
                    _stack.Push(Counted(Named(input.Line(), input.Line())));
                    break;
                case '\x93':
                    {
                        object?[] name = _stack.Take(2);
                        _stack.Push(name is [string module, string member]
                            ? Named(module, member) : throw input.Broken("a name that is not a text"));
                        break;
                    }
                case 'Q':
                    _stack.Push(Stored(_stack.Pop()));
                    break;
                case 'R':
                    {
                        object?[] call = _stack.Take(2);
                        _stack.Push(call is [PickledName name, object?[] arguments]
                            ? Made(name, arguments) : throw input.Broken("a call of a value that is not a name"));
                        break;
                    }
                case 'b':
                    // The attributes of an ordered dictionary (torch's _metadata) contain no weights.
                    _stack.Pop();
                    _stack.Top<PickledDictionary>();
                    break;
                default:
                    throw input.Broken(code is (byte)'i' or (byte)'o' or 0x81 or 0x92
                        ? "an object of a custom class" : $"the pickle code 0x{code:x2}, which files of weights do not use,");
            }
        }
    }

    // Known names only; none of them executes content of the file.
    private PickledName Named(string module, string name) => PickledTorch.IsKnown(module, name)
        ? new PickledName(module, name)
        : throw new UserErrorException($"{path}: names {SafeTensorsHeader.Show($"{module}.{name}")}, which is refused; "
            + "expected only tensors, numbers, texts, lists and dictionaries, since no code of a file is executed. "
            + "Save the weights alone: torch.save(model.state_dict(), FILE).");

    private object Made(PickledName name, object?[] arguments)
    {
        if (name is { Module: "collections", Name: "OrderedDict" })
        {
            var made = Counted(new PickledDictionary());
            var entries = arguments is [List<object?> pairs]
                ? pairs : arguments.Length == 0 ? [] : throw input.Broken("an ordered dictionary that is not made of pairs");
            // The list may come from the memo any number of times.
            foreach (object? pair in entries)
                Fill(made, Counted(pair as object?[] ?? [.. pair as List<object?> ?? []]));
            return made;
        }
        return PickledTorch.Tensor(name, arguments) ?? throw input.Broken($"a tensor whose parts do not fit together ({name})");
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
        {
            if (items[i] is not (string or long or bool or double) and var key)
                throw input.Broken($"a dictionary key that is neither text nor number ({key?.GetType().Name ?? "None"})");
            dictionary.Set(items[i]!, items[i + 1]);
        }
    }

    private T Counted<T>(T value) => ++_items <= _mostItems ? value
        : throw input.Broken($"more than {_mostItems:N0} values, too many for {input.Length:N0} bytes,");

    private double Real(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
        ? real
        : throw input.Broken("a text that is not a number");

    private object Whole(string text) => text.Length <= LongestNumber
        && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? Plain(number)
        : throw input.Broken("a text that is not a whole number");

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
}
