namespace Pupil.Interop.PyTorch;

/// <summary>
/// A whole module of PyTorch or of TorchScript that was saved with its classes. Its tensors are read from its parts; no class is built.
/// </summary>
internal sealed class PickledModule
{
    private const int MostDepth = 64, MostModules = 100_000;

    private readonly PickledObject _root;
    private readonly Dictionary<string, PickledTensor> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PickledObject> _unread = new(StringComparer.Ordinal);
    private int _modules;

    private PickledModule(PickledObject root) => _root = root;

    /// <summary>Returns the module that an object is; null if it is not one.</summary>
    public static PickledModule? Of(PickledObject value) => IsOne(value) ? new PickledModule(value) : null;

    /// <summary>
    /// Returns the tensors by the names that <c>state_dict()</c> gives them, and those that are not read. Modules beyond a depth of 64,
    /// or a count of 100,000, are left out.
    /// </summary>
    public (IReadOnlyDictionary<string, PickledTensor> Tensors, IReadOnlyDictionary<string, PickledObject> Unread) Tensors()
    {
        Visit(_root, "", 0);
        return (_tensors, _unread);
    }

    private static bool IsOne(PickledObject value) => value.State is PickledDictionary state
        && (IsScripted(value) || (Part(state, "_parameters") is not null && Part(state, "_modules") is not null));

    // Attributes of a TorchScript module are its tensors and modules themselves.
    private static bool IsScripted(PickledObject value) => value.Name.Module.StartsWith("__torch__", StringComparison.Ordinal);

    private void Visit(PickledObject module, string prefix, int depth)
    {
        if (depth > MostDepth || ++_modules > MostModules || module.State is not PickledDictionary state)
            return;
        if (IsScripted(module))
        {
            VisitEntries(state, prefix, depth, []);
            return;
        }
        var passing = NamesIn(state.Entries.GetValueOrDefault("_non_persistent_buffers_set"));
        VisitEntries(Part(state, "_parameters"), prefix, depth, []);
        VisitEntries(Part(state, "_buffers"), prefix, depth, passing);
        VisitEntries(Part(state, "_modules"), prefix, depth, []);
    }

    private void VisitEntries(PickledDictionary? entries, string prefix, int depth, HashSet<string> passing)
    {
        foreach (var (key, value) in entries?.Entries ?? new Dictionary<object, object?>())
        {
            if (key is not string name || passing.Contains(name))
                continue;
            if (value is PickledTensor tensor)
                _tensors[prefix + name] = tensor;
            else if (value is PickledObject other && PickledTorch.IsUnreadTensor(other))
                _unread[prefix + name] = other;
            else if (value is PickledObject inner && IsOne(inner))
                Visit(inner, $"{prefix}{name}.", depth + 1);
        }
    }

    private static PickledDictionary? Part(PickledDictionary state, string name) =>
        state.Entries.GetValueOrDefault(name) as PickledDictionary;

    // A set is a list of its items or, in older protocols, made of one.
    private static HashSet<string> NamesIn(object? set) =>
        [.. (set as List<object?> ?? (set is PickledObject { Arguments: [List<object?> items] } ? items : [])).OfType<string>()];
}
