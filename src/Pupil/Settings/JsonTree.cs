using System.Text.Json;

namespace Pupil.Settings;

/// <summary>The origin of a value: a position in a text, an override, a preset, or a record's default.</summary>
/// <param name="Text">The text that holds the value, or null.</param>
/// <param name="Offset">The position in the text, in bytes from 0.</param>
/// <param name="Label">The name of an override or preset, or null.</param>
internal readonly record struct Origin(SourceText? Text, int Offset, string? Label)
{
    private const string OverrideMark = "set ";

    public static Origin Default { get; } = new(null, 0, null);

    public bool IsDefault => Text is null && Label is null;

    public static Origin Named(string label) => new(null, 0, label);

    /// <summary>The origin of a value that was set outside of the file.</summary>
    public static Origin OfOverride(string text) => Named($"{OverrideMark}{text}");

    public bool IsOverride => Label?.StartsWith(OverrideMark, StringComparison.Ordinal) == true;

    public override string ToString()
    {
        if (Text is null)
            return Label ?? "default";
        var (line, column) = Text.Locate(Offset);
        return $"{Text.Name}:{line}:{column}";
    }
}

/// <summary>A JSON value with its origin.</summary>
internal abstract class TreeNode(Origin origin)
{
    public Origin Origin { get; } = origin;

    /// <summary>Whether the whole value is a record's default; an item of a default list may have been set.</summary>
    public virtual bool IsDefault => Origin.IsDefault;

    public abstract void WriteTo(Utf8JsonWriter writer);
}

/// <summary>A member of a JSON object: the origin of its key, and its value.</summary>
internal readonly record struct TreeMember(Origin KeyOrigin, TreeNode Value);

/// <summary>A JSON object with its origin; members keep their order.</summary>
internal sealed class TreeObject(Origin origin) : TreeNode(origin)
{
    public OrderedDictionary<string, TreeMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Repeated keys with the position of each repetition; the first value stays in force.</summary>
    public List<(string Key, Origin Origin)> Repeated { get; } = [];

    public override bool IsDefault => base.IsDefault && Members.Values.All(member => member.Value.IsDefault);

    public TreeNode? this[string key] => Members.TryGetValue(key, out var member) ? member.Value : null;

    /// <summary>Sets a member; an existing key keeps its origin.</summary>
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

/// <summary>A JSON array with its origin.</summary>
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

/// <summary>A JSON text, number, true, false or null with its origin.</summary>
/// <param name="kind">The kind of the value.</param>
/// <param name="text">The content of a text; otherwise the value as written.</param>
/// <param name="origin">The origin of the value.</param>
internal sealed class TreeScalar(JsonValueKind kind, string text, Origin origin) : TreeNode(origin)
{
    public JsonValueKind Kind { get; } = kind;

    public string Text { get; } = text;

    /// <summary>The text form of an override's unquoted value (<c>notes=007</c>), used where a text is expected; otherwise null.</summary>
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
