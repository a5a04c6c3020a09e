using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>
/// A recipe as written, before defaults are filled in: the input of a preset. Paths consist of JSON names, such as
/// <c>students[0].network</c>.
/// </summary>
internal sealed class SettingsDraft
{
    private readonly Slot _slot;

    internal SettingsDraft(TreeNode root, Slot slot) => (Root, _slot) = (root, slot);

    internal TreeNode Root { get; private set; }

    /// <summary>Whether the file, an override or an earlier preset sets the value; null counts as set.</summary>
    public bool IsSet(string path) => Find(path).Node is { IsDefault: false };

    /// <summary>Whether the value was set outside of the file, as by <c>--set</c>.</summary>
    public bool IsOverridden(string path) => Find(path).Node?.Origin.IsOverride == true;

    /// <summary>
    /// Returns the text, number or flag in force at a path, written or default; null where there is none. The value is unchecked.
    /// </summary>
    public string? Text(string path) => Find(path) switch
    {
        { Node: TreeScalar { Kind: not JsonValueKind.Null } scalar } => scalar.Text,
        { Node: null, Slot.Default: JsonValue value } => value.ToString(),
        _ => null,
    };

    /// <summary>Returns the number of items in force in the list at a path; 0 where there is no list.</summary>
    public int Count(string path) => Find(path) switch
    {
        { Node: TreeList list } => list.Items.Count,
        { Node: null, Slot.Default: JsonArray items } => items.Count,
        _ => 0,
    };

    /// <summary>Sets a value unless it is already set; creates missing objects along the path.</summary>
    /// <param name="path">The path of the value. An unknown key is an error of the recipe, as if it were written there.</param>
    /// <param name="value">The value, as the record holds it.</param>
    /// <param name="reason">The origin of the value in messages, such as <c>preset released-code</c>.</param>
    public void SetIfMissing(string path, object? value, string reason) => Set(path, value, reason, replaces: false);

    /// <summary>Sets a value unless it was set outside of the file: a written one is replaced.</summary>
    /// <param name="path">The path of the value.</param>
    /// <param name="value">The value, as the record holds it.</param>
    /// <param name="reason">The origin of the value in messages.</param>
    public void Replace(string path, object? value, string reason) => Set(path, value, reason, replaces: !IsOverridden(path));

    private void Set(string path, object? value, string reason, bool replaces)
    {
        var origin = Origin.Named(reason);
        var json = JsonSerializer.Serialize(value, value?.GetType() ?? typeof(object), SettingsJson.Options);
        var node = JsonTreeParser.ParseAs(json, origin);
        Root = new TreeEditor(Steps(path), node, origin, replaces ? (_, _) => { } : null).Apply(Root, _slot);
    }

    private (TreeNode? Node, Slot Slot) Find(string path)
    {
        TreeNode? node = Root;
        var slot = _slot;
        foreach (var step in Steps(path))
        {
            var container = node is null ? slot.Create(step.Key is null, Origin.Default) : slot.Expand(node);
            (node, slot) = (container, step.Key) switch
            {
                (TreeObject owner, { } key) => (owner[key], slot.Property(owner, key)),
                (TreeList list, null) =>
                    (list.Items.ElementAtOrDefault(step.Index), step.Index < list.Items.Count ? slot.Item : default),
                _ => (null, default),
            };
        }
        return (node is null ? null : slot.Expand(node), slot);
    }

    private static IReadOnlyList<SettingsPath.Step> Steps(string path) =>
        SettingsPath.TryParse(path) ?? throw new ArgumentException($"'{path}' is not a path.", nameof(path));
}
