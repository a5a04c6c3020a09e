using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>
/// A place in a recipe: what belongs there (null where nothing is known of it) and what is in force if nothing is written.
/// </summary>
internal readonly record struct Slot(Schema? Schema, JsonNode? Default)
{
    public Schema? Core => Schema is NullableSchema nullable ? nullable.Inner : Schema;

    public Slot Item => new((Core as ListSchema)?.Item, null);

    public Slot Property(TreeObject owner, string key) => ObjectFor(owner)?.Find(key) is { } property
        ? new Slot(property.Schema, DefaultsFor(owner)?[key] ?? property.Default)
        : default;

    /// <summary>The object's shape; null if it is none, or its discriminator is missing or unknown.</summary>
    public ObjectSchema? ObjectFor(TreeObject owner) => Core switch
    {
        ObjectSchema shape => shape,
        VariantSchema variant when NameOf(owner, variant) is { } name => variant.Cases.GetValueOrDefault(name),
        _ => null,
    };

    /// <summary>What the containing record holds here by default, if the object is of that same kind.</summary>
    public JsonObject? DefaultsFor(TreeObject owner) =>
        Core is not VariantSchema variant || NameOf(owner, variant) == DefaultName(variant) ? Default as JsonObject : null;

    /// <summary>A text that stands for an object becomes that object; an unquoted value becomes a text where one belongs.</summary>
    public TreeNode? Expand(TreeNode? node)
    {
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
    /// What to set into where nothing is written: the default list, or an object with what the default says of required
    /// values (the others follow in <see cref="Completion"/>, after presets).
    /// </summary>
    public TreeNode Create(bool asList, Origin origin)
    {
        if (asList)
            return Default is JsonArray items ? FromDefault(items) : new TreeList(origin);
        var result = new TreeObject(origin);
        if (Core is VariantSchema variant && DefaultName(variant) is { } name)
            result.Set(variant.Key, new TreeScalar(JsonValueKind.String, name, Origin.Default), origin);
        foreach (var property in ObjectFor(result)?.Properties ?? [])
            if (property.IsRequired && Default?[property.Name] is { } value)
                result.Set(property.Name, FromDefault(value), origin);
        return result;
    }

    public static TreeNode FromDefault(JsonNode value) => JsonTreeParser.ParseAs(value.ToJsonString(), Origin.Default);

    private static string? NameOf(TreeObject owner, VariantSchema variant) =>
        owner[variant.Key] is TreeScalar { Kind: JsonValueKind.String } name ? name.Text : null;

    private string? DefaultName(VariantSchema variant) => Default is JsonObject value ? (string?)value[variant.Key] : null;
}
