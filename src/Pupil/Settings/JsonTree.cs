using System.Text.Json;

namespace Pupil.Settings;

/// <summary>Where a value comes from: a place in a text, an option of the command line, a preset, or a record's default.</summary>
internal readonly record struct Origin(SourceText? Text, int Offset, string? Label)
{
    public static Origin Default { get; } = new(null, 0, null);

    public bool IsDefault => Text is null && Label is null;

    public static Origin Named(string label) => new(null, 0, label);

    public override string ToString()
    {
        if (Text is null)
            return Label ?? "default";
        var (line, column) = Text.Locate(Offset);
        return $"{Text.Name}:{line}:{column}";
    }
}

/// <summary>A JSON value that knows where it was written.</summary>
internal abstract class TreeNode(Origin origin)
{
    public Origin Origin { get; } = origin;

    /// <summary>Whether all of it is a record's default; a default list may hold something that was set.</summary>
    public virtual bool IsDefault => Origin.IsDefault;

    public abstract void WriteTo(Utf8JsonWriter writer);
}

internal readonly record struct TreeMember(Origin KeyOrigin, TreeNode Value);

internal sealed class TreeObject(Origin origin) : TreeNode(origin)
{
    public OrderedDictionary<string, TreeMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Keys that were written again, with the place of the repetition; the first value stays in force.</summary>
    public List<(string Key, Origin Origin)> Repeated { get; } = [];

    public override bool IsDefault => base.IsDefault && Members.Values.All(member => member.Value.IsDefault);

    public TreeNode? this[string key] => Members.TryGetValue(key, out var member) ? member.Value : null;

    /// <summary>Sets a value; a key that is there keeps its own origin.</summary>
    public void Set(string key, TreeNode value, Origin keyOrigin) =>
        Members[key] = new TreeMember(Members.TryGetValue(key, out var old) ? old.KeyOrigin : keyOrigin, value);

    public override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (key, member) in Members)
        {
            writer.WritePropertyName(key);
            member.Value.WriteTo(writer);
        }
        writer.WriteEndObject();
    }
}

internal sealed class TreeList(Origin origin) : TreeNode(origin)
{
    public List<TreeNode> Items { get; } = [];

    public override bool IsDefault => base.IsDefault && Items.TrueForAll(item => item.IsDefault);

    public override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (var item in Items)
            item.WriteTo(writer);
        writer.WriteEndArray();
    }
}

/// <summary>Text, number, true, false or null.</summary>
/// <param name="kind">What it is.</param>
/// <param name="text">The content of a text, else the value as written.</param>
/// <param name="origin">Where it was written.</param>
internal sealed class TreeScalar(JsonValueKind kind, string text, Origin origin) : TreeNode(origin)
{
    public JsonValueKind Kind { get; } = kind;

    public string Text { get; } = text;

    /// <summary>
    /// Set for a value that came without quotes (<c>--set notes=007</c>): what it is where a text is expected.
    /// </summary>
    public string? Unquoted { get; init; }

    public static bool IsNull(TreeNode? node) => node is TreeScalar { Kind: JsonValueKind.Null };

    public override void WriteTo(Utf8JsonWriter writer)
    {
        if (Kind == JsonValueKind.String)
            writer.WriteStringValue(Text);
        else
            writer.WriteRawValue(Text);
    }
}
