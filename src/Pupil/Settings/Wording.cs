using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>Every text that tells a person what was found in a recipe and what was expected.</summary>
internal static class Wording
{
    private const int LongestExcerpt = 60;

    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Empty(string source) => $"{source}:1:1: found nothing, expected a recipe in braces: {{ … }}.";

    public static string Syntax(Origin origin, string problem)
    {
        var end = problem.IndexOf(" LineNumber:", StringComparison.Ordinal); // System.Text.Json's own place: ours counts from 1
        return $"{origin}: not valid JSON: {OneLine(end < 0 ? problem : problem[..end])}";
    }

    public static string HalfCharacter() => "found half of a surrogate pair, expected whole characters.";

    public static string Repeated() => "written twice; keep one of them.";

    public static string Missing(PropertySchema property) => $"missing; expected {Expected(property.Schema)}.";

    public static string MissingName(VariantSchema variant) => $"missing; expected {OneOf(variant.Cases.Keys)}.";

    public static string UnknownKey(string path, string key, ObjectSchema owner, Schema root)
    {
        var elsewhere = NearestKey.FindElsewhere(key, root);
        var meant = NearestName.Find(key, owner.Keys) ?? (elsewhere == path ? null : elsewhere); // the same path: of another kind
        return $"unknown key; known here: {string.Join(", ", owner.Keys)}{Meant(meant)}";
    }

    public static string NotAContainer(TreeNode found, string? key) =>
        $"found {Found(found)}, expected {(key is null ? "a list" : $"an object that can have '{Excerpt(key)}'")}.";

    public static string IndexTooLarge(int index, int count) =>
        $"found index {index}, expected at most {count}, which appends an item.";

    public static string NotAnOverride() => "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.";

    /// <summary>What is wrong with a value; where one of some texts was expected, also which one was probably meant.</summary>
    public static string Wrong(TreeNode found, Schema shape, PropertySchema? property)
    {
        var standard = property?.Default is JsonValue value ? $" (default {Excerpt(Plain(value))})" : "";
        var choices = (shape is NullableSchema nullable ? nullable.Inner : shape) is ChoiceSchema choice ? choice.Values : [];
        var meant = found is TreeScalar { Kind: JsonValueKind.String } text ? NearestName.Find(text.Text, choices) : null;
        return $"found {Found(found)}, expected {Expected(shape, found as TreeScalar)}{standard}{Meant(meant)}";
    }

    public static string WrongName(TreeNode found, VariantSchema variant) => Wrong(found, new ChoiceSchema(null, variant.Cases.Keys), null);

    public static string Expected(Schema shape, TreeScalar? found = null) => shape switch
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

    private static string Bounds(WholeSchema shape, TreeScalar? found)
    {
        // The limits of the type itself are only of interest to those who exceed them.
        var value = found is { Kind: JsonValueKind.Number } ? double.Parse(found.Text, CultureInfo.InvariantCulture) : 0;
        var showMinimum = shape.HasOwnMinimum || value < (double)shape.Minimum;
        var showMaximum = shape.HasOwnMaximum || value >= (double)shape.Maximum;
        return (showMinimum, showMaximum) switch
        {
            (true, true) => $" from {Plain(shape.Minimum)} to {Plain(shape.Maximum)}",
            (true, false) => $" ≥ {Plain(shape.Minimum)}",
            (false, true) => $" ≤ {Plain(shape.Maximum)}",
            _ => "",
        };
    }

    private static string Bounds(NumberSchema shape)
    {
        var (above, below) = (shape.MinimumIsExclusive ? ">" : "≥", shape.MaximumIsExclusive ? "<" : "≤");
        return (double.IsFinite(shape.Minimum), double.IsFinite(shape.Maximum)) switch
        {
            (true, true) when above == "≥" && below == "≤" => $" from {Plain(shape.Minimum)} to {Plain(shape.Maximum)}",
            (true, true) => $" {above} {Plain(shape.Minimum)} and {below} {Plain(shape.Maximum)}",
            (true, false) => $" {above} {Plain(shape.Minimum)}",
            (false, true) => $" {below} {Plain(shape.Maximum)}",
            _ => "",
        };
    }

    private static string Length(TextSchema shape) => Between(shape.MinimumLength, shape.MaximumLength, "character");

    private static string Count(ListSchema shape) => Between(shape.MinimumCount, shape.MaximumCount, "item");

    private static string Between(int minimum, int? maximum, string unit) => (minimum, maximum) switch
    {
        (0, null) => "",
        (_, null) => $" of at least {minimum} {unit}{(minimum == 1 ? "" : "s")}",
        (0, _) => $" of at most {maximum} {unit}{(maximum == 1 ? "" : "s")}",
        _ when minimum == maximum => $" of {minimum} {unit}{(minimum == 1 ? "" : "s")}",
        _ => $" of {minimum} to {maximum} {unit}s",
    };

    private static string Example(TextSchema shape) => shape.Examples.Count > 0 ? $" such as {shape.Examples[0]}" : "";

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

    /// <summary>The beginning of a text, on one line; never half of a surrogate pair.</summary>
    public static string Excerpt(string text)
    {
        if (text.Length > LongestExcerpt)
            text = text[..(char.IsHighSurrogate(text[LongestExcerpt - 1]) ? LongestExcerpt - 1 : LongestExcerpt)] + "…";
        return text;
    }

    /// <summary>The text without line breaks and whatever else could upset a terminal.</summary>
    public static string OneLine(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? " " : rune.ToString()));
}
