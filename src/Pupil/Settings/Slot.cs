using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>A position in a recipe with its schema and its default.</summary>
/// <param name="Schema">The schema, or null at an unknown position.</param>
/// <param name="Default">The value in force if none is written, or null.</param>
internal readonly record struct Slot(Schema? Schema, JsonNode? Default)
{
    /// <summary>The schema without nullability.</summary>
    public Schema? Core => Schema is NullableSchema nullable ? nullable.Inner : Schema;

    /// <summary>The slot of a list's items.</summary>
    public Slot Item => new((Core as ListSchema)?.Item, null);

    /// <summary>Returns the slot of a property of an object; the default slot if the key is unknown.</summary>
    public Slot Property(TreeObject owner, string key) => ObjectFor(owner)?.Find(key) is { } property
        ? new Slot(property.Schema, DefaultsFor(owner)?[key] ?? property.Default)
        : default;

    /// <summary>Returns the schema of an object; null if none is expected, or if its discriminator is missing or unknown.</summary>
    public ObjectSchema? ObjectFor(TreeObject owner) => Core switch
    {
        ObjectSchema schema => schema,
        VariantSchema variant when NameOf(owner, variant) is { } name => variant.Cases.GetValueOrDefault(name),
        _ => null,
    };

    /// <summary>Returns the containing record's default here if it has the same discriminator as the object; otherwise null.</summary>
    public JsonObject? DefaultsFor(TreeObject owner) =>
        Core is not VariantSchema variant || NameOf(owner, variant) == DefaultName(variant) ? Default as JsonObject : null;

    /// <summary>
    /// Expands a text shorthand to its object, and an unquoted value to a text where a text is expected. Gives an object without a
    /// discriminator that of the default case, if there is one.
    /// </summary>
    public TreeNode? Expand(TreeNode? node)
    {
        if (node is TreeObject item && Core is VariantSchema { DefaultCase: { } name } variant && item[variant.Key] is null)
            item.Set(variant.Key, new TreeScalar(JsonValueKind.String, name, Origin.Default), item.Origin);
        if (node is not TreeScalar scalar)
            return node;
        if (Core is TextSchema or ChoiceSchema)
            return scalar.Unquoted is { } text && !(TreeScalar.IsNull(node) && Schema is NullableSchema)
                ? new TreeScalar(JsonValueKind.String, text, node.Origin) : node;
        if (scalar.Kind != JsonValueKind.String || Core is not NamedSchema { Shorthand: { } key })
            return node;
        var result = new TreeObject(node.Origin);
        result.Set(key, node, node.Origin);
        return result;
    }

    /// <summary>
    /// Creates the container for a value at an unwritten position: the default list, or an object with the default's required
    /// values. <see cref="Completion"/> adds the other values after presets.
    /// </summary>
    public TreeNode Create(bool asList, Origin origin)
    {
        if (asList)
            return Default is JsonArray items ? NodeFromDefault(items) : new TreeList(origin);
        var result = new TreeObject(origin);
        if (Core is VariantSchema variant && DefaultName(variant) is { } name)
            result.Set(variant.Key, new TreeScalar(JsonValueKind.String, name, Origin.Default), origin);
        foreach (var property in ObjectFor(result)?.Properties ?? [])
            if (property.IsRequired && Default?[property.Name] is { } value)
                result.Set(property.Name, NodeFromDefault(value), origin);
        return result;
    }

    /// <summary>Returns a default value as a tree whose nodes have the default origin.</summary>
    public static TreeNode NodeFromDefault(JsonNode value) => JsonTreeParser.ParseAs(value.ToJsonString(), Origin.Default);

    private static string? NameOf(TreeObject owner, VariantSchema variant) =>
        owner[variant.Key] is TreeScalar { Kind: JsonValueKind.String } name ? name.Text : null;

    private string? DefaultName(VariantSchema variant) => Default is JsonObject value ? (string?)value[variant.Key] : null;
}
