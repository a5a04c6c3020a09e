namespace Pupil.Settings;

/// <summary>Collects what a schema cannot express, such as two settings that exclude each other, with its place in the file.</summary>
public sealed class SettingsChecks
{
    private readonly TreeNode _root;
    private readonly string _source;
    private readonly SettingsErrors _errors;

    internal SettingsChecks(TreeNode root, string source, SettingsErrors errors) => (_root, _source, _errors) = (root, source, errors);

    /// <summary>Reports an error.</summary>
    /// <param name="path">The path of the value it is about, such as <c>students[0].network</c>; empty for the whole recipe.</param>
    /// <param name="message">What was found, what was expected, what to do; one line.</param>
    public void Add(string path, string message) => _errors.Add(() => Where(path), path, () => message);

    /// <summary>The place of the value or, where nobody wrote it, the file.</summary>
    private string Where(string path)
    {
        var steps = path.Length == 0 ? [] : SettingsPath.TryParse(path) ?? throw new ArgumentException($"'{path}' is no path.", nameof(path));
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
