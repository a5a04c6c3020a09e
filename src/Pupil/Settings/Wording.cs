using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>The messages about recipes: what was found, and what was expected.</summary>
internal static class Wording
{
    private const int LongestExcerpt = 60;

    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns the message for a text without a value.</summary>
    public static string Empty(string source) => $"{source}:1:1: found nothing, expected a recipe in braces: {{ … }}.";

    /// <summary>Returns the message for a text that is not JSON.</summary>
    public static string Syntax(Origin origin, string problem)
    {
        var end = problem.IndexOf(" LineNumber:", StringComparison.Ordinal); // cuts System.Text.Json's position, which counts from 0
        return $"{origin}: not valid JSON: {OneLine(end < 0 ? problem : problem[..end])}";
    }

    public static string HalfCharacter() => "found half of a surrogate pair, expected whole characters.";

    public static string Repeated() => "written twice; keep one of them.";

    public static string Missing(PropertySchema property) => $"missing; expected {Expected(property.Schema)}.";

    public static string MissingName(VariantSchema variant) => $"missing; expected {OneOf(variant.Cases.Keys)}.";

    public static string UnknownKey(string path, string key, ObjectSchema owner, Schema root)
    {
        var elsewhere = NearestKey.FindElsewhere(key, root);
        var meant = NearestName.Find(key, owner.Keys) ?? (elsewhere == path ? null : elsewhere); // the same path: of another variant
        return $"unknown key; known here: {string.Join(", ", owner.Keys)}{Meant(meant)}";
    }

    public static string NotAContainer(TreeNode found, string? key) =>
        $"found {Found(found)}, expected {(key is null ? "a list" : $"an object that can have '{Excerpt(key)}'")}.";

    public static string IndexTooLarge(int index, int count) =>
        $"found index {index}, expected at most {count}, which appends an item.";

    public static string NotAnOverride() => "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.";

    /// <summary>Returns the message for a wrong value; where a choice was expected, with the nearest text.</summary>
    public static string Wrong(TreeNode found, Schema schema, PropertySchema? property)
    {
        var standard = property?.Default is JsonValue value ? $" (default {Excerpt(Plain(value))})" : "";
        var choices = (schema is NullableSchema nullable ? nullable.Inner : schema) is ChoiceSchema choice ? choice.Values : [];
        var meant = found is TreeScalar { Kind: JsonValueKind.String } text ? NearestName.Find(text.Text, choices) : null;
        return $"found {Found(found)}, expected {Expected(schema, found as TreeScalar)}{standard}{Meant(meant)}";
    }

    /// <summary>Returns the message for a wrong discriminator.</summary>
    public static string WrongName(TreeNode found, VariantSchema variant) =>
        Wrong(found, new ChoiceSchema(null, variant.Cases.Keys), null);

    /// <summary>Returns what a schema expects, as a part of a message.</summary>
    public static string Expected(Schema schema, TreeScalar? found = null) => schema switch
    {
        FlagSchema => "true or false",
        WholeSchema whole => "a whole number" + Bounds(whole, found),
        NumberSchema number => "a number" + Bounds(number),
        TextSchema { Pattern: { } pattern } text => $"text that matches {pattern}" + Length(text) + Example(text),
        TextSchema text => "text" + Length(text) + Example(text),
        ChoiceSchema choice => OneOf(choice.Values),
        ListSchema list => "a list" + Count(list),
        NullableSchema nullable => Expected(nullable.Inner, found) + " or null",
        ObjectSchema { Shorthand: { } key } => $"an object {{ … }}, or a text for its {key}",
        VariantSchema { Shorthand: not null } variant => $"an object {{ … }} or a text, with {variant.Key} {OneOf(variant.Cases.Keys)}",
        VariantSchema variant => $"an object {{ … }} with {variant.Key} {OneOf(variant.Cases.Keys)}",
        _ => "an object { … }",
    };

    private static string OneOf(IEnumerable<string> values) => "one of: " + string.Join(", ", values);

    private static string Meant(string? meant) => meant is null ? "." : $"; did you mean '{meant}'?";

    private static string Bounds(WholeSchema schema, TreeScalar? found)
    {
        // The limits of the type itself are shown only if the value exceeds them.
        var value = found is { Kind: JsonValueKind.Number } ? double.Parse(found.Text, CultureInfo.InvariantCulture) : 0;
        var showMinimum = schema.HasOwnMinimum || value < (double)schema.Minimum;
        var showMaximum = schema.HasOwnMaximum || value >= (double)schema.Maximum;
        return (showMinimum, showMaximum) switch
        {
            (true, true) => $" from {Plain(schema.Minimum)} to {Plain(schema.Maximum)}",
            (true, false) => $" ≥ {Plain(schema.Minimum)}",
            (false, true) => $" ≤ {Plain(schema.Maximum)}",
            _ => "",
        };
    }

    private static string Bounds(NumberSchema schema)
    {
        var (above, below) = (schema.MinimumIsExclusive ? ">" : "≥", schema.MaximumIsExclusive ? "<" : "≤");
        return (double.IsFinite(schema.Minimum), double.IsFinite(schema.Maximum)) switch
        {
            (true, true) when above == "≥" && below == "≤" => $" from {Plain(schema.Minimum)} to {Plain(schema.Maximum)}",
            (true, true) => $" {above} {Plain(schema.Minimum)} and {below} {Plain(schema.Maximum)}",
            (true, false) => $" {above} {Plain(schema.Minimum)}",
            (false, true) => $" {below} {Plain(schema.Maximum)}",
            _ => "",
        };
    }

    private static string Length(TextSchema schema) => Between(schema.MinimumLength, schema.MaximumLength, "character");

    private static string Count(ListSchema schema) => Between(schema.MinimumCount, schema.MaximumCount, "item");

    private static string Between(int minimum, int? maximum, string unit) => (minimum, maximum) switch
    {
        (0, null) => "",
        (_, null) => $" of at least {minimum} {unit}{(minimum == 1 ? "" : "s")}",
        (0, _) => $" of at most {maximum} {unit}{(maximum == 1 ? "" : "s")}",
        _ when minimum == maximum => $" of {minimum} {unit}{(minimum == 1 ? "" : "s")}",
        _ => $" of {minimum} to {maximum} {unit}s",
    };

    private static string Example(TextSchema schema) => schema.Examples.Count > 0 ? $" such as {schema.Examples[0]}" : "";

    private static string Plain(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static string Plain(JsonValue value) =>
        value.TryGetValue(out string? text) ? text.Length == 0 ? "\"\"" : text : value.ToJsonString();

    private static string Found(TreeNode node) => node switch
    {
        TreeScalar { Kind: JsonValueKind.String } text => Quote(text.Text),
        TreeScalar scalar => Excerpt(scalar.Text),
        TreeList list => list.Items.Count == 0 ? "an empty list" : "a list",
        _ => "an object",
    };

    private static string Quote(string text) => JsonSerializer.Serialize(Excerpt(text), Quoting);

    /// <summary>Returns at most the first 60 characters of a text; never half of a surrogate pair.</summary>
    public static string Excerpt(string text)
    {
        if (text.Length > LongestExcerpt)
            text = text[..(char.IsHighSurrogate(text[LongestExcerpt - 1]) ? LongestExcerpt - 1 : LongestExcerpt)] + "…";
        return text;
    }

    /// <summary>Returns the text with a space for every control character, line breaks included.</summary>
    public static string OneLine(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? " " : rune.ToString()));
}
