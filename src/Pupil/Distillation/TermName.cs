using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pupil.Distillation;

/// <summary>A term's name in records. In JSON it is a string, <c>owner/name</c> or <c>owner/part/name</c>.</summary>
/// <param name="Owner">The network whose loss it is part of.</param>
/// <param name="Part">The part of a combination that it belongs to, or empty.</param>
/// <param name="Name">The term's own name.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct TermName(string Owner, string Part, string Name)
{
    /// <summary>The name of the cross-entropy with the labels.</summary>
    internal const string Labels = "cross-entropy";

    /// <summary>The name within its owner's loss: <c>part/name</c>, or the name alone.</summary>
    public string InOwner => Part.Length == 0 ? Name : $"{Part}/{Name}";

    /// <inheritdoc/>
    public override string ToString() => $"{Owner}/{InOwner}";

    private sealed class Converter : JsonConverter<TermName>
    {
        public override TermName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            FromText(reader.GetString());

        public override TermName ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            FromText(reader.GetString());

        public override void Write(Utf8JsonWriter writer, TermName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());

        public override void WriteAsPropertyName(Utf8JsonWriter writer, TermName value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value.ToString());

        private static TermName FromText(string? text) => text?.Split('/') switch
        {
            [var owner, var name] => new(owner, "", name),
            [var owner, var part, var name] => new(owner, part, name),
            _ => throw new JsonException($"found '{text}', expected the name of a term, owner/name or owner/part/name"),
        };
    }
}
