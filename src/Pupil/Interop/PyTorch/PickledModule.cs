namespace Pupil.Interop.PyTorch;

/// <summary>
/// A whole module of PyTorch or of TorchScript that was saved with its classes. Its tensors are read from its parts; no class is built.
/// </summary>
internal sealed class PickledModule
{
    // More than any network has.
    private const int MostDepth = 64, MostParts = 1_000_000;

    private readonly PickledObject _root;
    private readonly Dictionary<string, PickledTensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PickledObject> _unread = new(StringComparer.Ordinal);

    private PickledModule(PickledObject root) => _root = root;

    /// <summary>Returns the module that an object is; null if it is not one.</summary>
    public static PickledModule? Of(PickledObject value) => IsOne(value) ? new PickledModule(value) : null;

    /// <summary>
    /// Returns the tensors by the names that <c>state_dict()</c> gives them, and those that are not read. Modules beyond a depth of 64
    /// are left out.
    /// </summary>
    /// <param name="visited">The number of parts that were visited in this file, also in other modules.</param>
    /// <exception cref="UserErrorException">There are over a million parts.</exception>
    public PickledTensors Tensors(ref int visited)
    {
        Visit(_root, "", 0, ref visited);
        return new(_tensors, _unread);
    }

    private static bool IsOne(PickledObject value) => value.State is PickledDictionary state
        && (IsScripted(value) || (Part(state, "_parameters") is not null && Part(state, "_modules") is not null));

    // Attributes of a TorchScript module are its tensors and modules themselves.
    private static bool IsScripted(PickledObject value) => value.Name.Module.StartsWith("__torch__", StringComparison.Ordinal);

    private void Visit(PickledObject module, string prefix, int depth, ref int visited)
    {
        if (depth > MostDepth || module.State is not PickledDictionary state)
            return;
        if (IsScripted(module))
        {
            VisitEntries(state, prefix, depth, [], ref visited);
            return;
        }
        var passing = NamesIn(state.Entries.GetValueOrDefault("_non_persistent_buffers_set"));
        VisitEntries(Part(state, "_parameters"), prefix, depth, [], ref visited);
        VisitEntries(Part(state, "_buffers"), prefix, depth, passing, ref visited);
        VisitEntries(Part(state, "_modules"), prefix, depth, [], ref visited);
    }

    private void VisitEntries(PickledDictionary? entries, string prefix, int depth, HashSet<string> passing, ref int visited)
    {
        foreach (var (key, value) in entries?.Entries ?? new Dictionary<object, object?>())
        {
            if (++visited > MostParts)
            {
                throw new UserErrorException($"found a module of over {MostParts:N0} parts, expected those of a network; save "
                    + "model.state_dict() alone.");
            }
            if (key is not string name || passing.Contains(name))
                continue;
            if (value is PickledTensor tensor)
                _tensors[prefix + name] = tensor;
            else if (value is PickledObject other && PickledTorch.IsUnreadTensor(other))
                _unread[prefix + name] = other;
            else if (value is PickledObject inner && IsOne(inner))
                Visit(inner, $"{prefix}{name}.", depth + 1, ref visited);
        }
    }

    private static PickledDictionary? Part(PickledDictionary state, string name) =>
        state.Entries.GetValueOrDefault(name) as PickledDictionary;

    // A set is a list of its items or, in older protocols, made of one.
    private static HashSet<string> NamesIn(object? set) =>
        [.. (set as List<object?> ?? (set is PickledObject { Arguments: [List<object?> items] } ? items : [])).OfType<string>()];
}
