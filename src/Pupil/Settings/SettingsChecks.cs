namespace Pupil.Settings;

/// <summary>Collects errors that a schema cannot express, such as two values that exclude each other, with their positions.</summary>
internal sealed class SettingsChecks
{
    private readonly TreeNode _root;
    private readonly string _source;
    private readonly SettingsErrors _errors;

    internal SettingsChecks(TreeNode root, string source, SettingsErrors errors) => (_root, _source, _errors) = (root, source, errors);

    /// <summary>Adds an error.</summary>
    /// <param name="path">The path of the wrong value, such as <c>students[0].network</c>; empty for the whole recipe.</param>
    /// <param name="message">What was found, what was expected and what to do; one line.</param>
    public void Add(string path, string message) => _errors.Add(() => Where(path), path, () => message);

    /// <summary>Returns the position of the value or, if it is a default, the name of the file.</summary>
    private string Where(string path)
    {
        var steps = path.Length == 0
            ? [] : SettingsPath.TryParse(path) ?? throw new ArgumentException($"'{path}' is not a path.", nameof(path));
        TreeNode? node = _root;
        foreach (var step in steps)
            node = (node, step.Key) switch
            {
                (TreeObject owner, { } key) => owner[key],
                (TreeList list, null) => list.Items.ElementAtOrDefault(step.Index),
                _ => null,
            };
        return node is null || node.Origin.IsDefault ? _source : node.Origin.ToString();
    }
}
