using Pupil.Core;

namespace Pupil.Interop.PyTorch;

/// <summary>A set of weights in a PyTorch file: of the file itself, of an entry, or of a whole model that was saved.</summary>
internal sealed class PickledWeights
{
    // More entries than any checkpoint has.
    private const int MostEntries = 200, MostShown = 8;

    // The entries where training code usually keeps weights beside other values, the most frequent first.
    private static readonly string[] UsualKeys =
        ["state_dict", "model_state_dict", "model", "net", "state_dict_ema", "model_ema", "network", "params"];

    private PickledWeights(string? entry, PickledTensors found) => (Entry, Tensors, Unread) = (entry, found.Tensors, found.Unread);

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, PickledTensor> Tensors { get; }

    /// <summary>The entry, such as <c>state_dict</c> or <c>checkpoint.model</c>; null for the file itself.</summary>
    public string? Entry { get; }

    /// <summary>Other entries of the file that hold weights.</summary>
    public IReadOnlyList<string> Others { get; private init; } = [];

    private IReadOnlyDictionary<string, PickledObject> Unread { get; }

    private int Count => Tensors.Count + Unread.Count;

    /// <summary>
    /// Chooses the weights of a file: a usual entry; else the file itself, unless an entry holds more tensors; else the only entry that
    /// holds some.
    /// </summary>
    /// <param name="content">The file's content.</param>
    /// <param name="key">The entry to take; null to choose.</param>
    /// <param name="path">The file's name in messages.</param>
    /// <exception cref="UserErrorException">There are no weights, several sets of them, or some that are not read without code.</exception>
    public static PickledWeights Choose(object? content, string? key, string path)
    {
        // A hostile file may refer to one value any number of times.
        var known = new Dictionary<object, PickledTensors>(ReferenceEqualityComparer.Instance);
        int modules = 0;
        PickledWeights[] entries = [.. EntriesOf(content, Found).Where(found => found.Count > 0)];
        var whole = new PickledWeights(null, Found(content));
        var chosen = key is not null
            ? entries.FirstOrDefault(found => found.Entry == key)
                ?? throw new UserErrorException($"{path}: has no weights under '{key}'; found {Named(content)}{Refusal(content)}.")
            : UsualKeys.Select(usual => entries.FirstOrDefault(found => found.Entry == usual)).FirstOrDefault(found => found is not null)
                ?? (whole.Count > 0 && entries.All(found => found.Count <= whole.Count) ? whole : null)
                ?? (entries is [var only] ? only : null)
                ?? throw new UserErrorException(entries.Length == 0
                    ? $"{path}: found {Named(content)}, expected weights by name{Refusal(content)}. Save them by "
                        + "torch.save(model.state_dict(), FILE), or name the entry that holds them."
                    : $"{path}: found weights under {Listed(entries)}, expected one set of them; name the entry.");
        foreach (var (name, value) in chosen.Unread)
        {
            throw new UserErrorException($"{path}: the weight '{SafeTensorsHeader.Show(name)}' needs {Show(value.Name)}, which is refused: "
                + "no code of a file is executed. Convert it to a plain tensor of float32 and save it again.");
        }
        return new PickledWeights(chosen.Entry, new(chosen.Tensors, chosen.Unread))
        {
            Others =
            [
                .. entries.Where(found => found.Entry != chosen.Entry).Take(MostShown)
                    .Select(found => SafeTensorsHeader.Show(found.Entry!)),
            ],
        };

        PickledTensors Found(object? value)
        {
            if (value is null)
                return PickledTensors.None;
            if (!known.TryGetValue(value, out var found))
                known.Add(value, found = value is PickledObject one && PickledModule.Of(one) is { } module ? module.Tensors(ref modules)
                    : OfEntries(value));
            return found;
        }
    }

    // Entries of the file and, where an entry holds no tensors itself, those of the entry.
    private static IEnumerable<PickledWeights> EntriesOf(object? content, Func<object?, PickledTensors> found)
    {
        foreach (var (name, value) in Entries(content).Take(MostEntries))
        {
            var own = new PickledWeights(name, found(value));
            yield return own;
            if (own.Count > 0)
                continue;
            foreach (var (inner, innerValue) in Entries(value).Take(MostEntries))
                yield return new PickledWeights($"{name}.{inner}", found(innerValue));
        }
    }

    private static IEnumerable<(string Name, object? Value)> Entries(object? content) =>
        (content as PickledDictionary ?? (content as PickledObject)?.Items)?.Entries
            .Where(entry => entry.Key is string).Select(entry => ((string)entry.Key, entry.Value)) ?? [];

    private static PickledTensors OfEntries(object? content)
    {
        var tensors = new Dictionary<string, PickledTensor>(StringComparer.Ordinal);
        var unread = new Dictionary<string, PickledObject>(StringComparer.Ordinal);
        foreach (var (name, value) in Entries(content))
        {
            if (value is PickledTensor tensor)
                tensors[name] = tensor;
            else if (value is PickledObject other && (PickledTorch.IsUnreadTensor(other) || IsWeight(name)))
                unread[name] = other;
        }
        return new(tensors, unread);
    }

    private static bool IsWeight(string name) =>
        name.EndsWith(".weight", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal);

    private static string Named(object? content) => content switch
    {
        PickledObject whole => $"an object of {Show(whole.Name)}",
        PickledDictionary { Entries.Count: 0 } => "nothing",
        PickledDictionary file => string.Join(", ", file.Entries.Keys.Take(8).Select(key => $"'{SafeTensorsHeader.Show($"{key}")}'")),
        _ => "no dictionary",
    };

    private static string Refusal(object? content) =>
        Entries(content).FirstOrDefault(entry => entry.Value is PickledObject) is { Value: PickledObject needed, Name: var name }
            ? $"; '{SafeTensorsHeader.Show(name)}' needs {Show(needed.Name)}, which is refused: no code of a file is executed" : "";

    private static string Listed(IEnumerable<PickledWeights> entries) =>
        string.Join(", ", entries.Take(8).Select(found => $"'{SafeTensorsHeader.Show(found.Entry!)}' ({found.Count})"));

    private static string Show(PickledName name) => SafeTensorsHeader.Show(name.ToString());
}
