using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>
/// Writes the JSON Schema (draft 2020-12) of what <see cref="SettingsReader"/> accepts, so that editors complete and check
/// recipes. Records may contain flags, whole and real numbers, text, enums, lists, other records, polymorphic records
/// (<see cref="System.Text.Json.Serialization.JsonPolymorphicAttribute"/>), and null where the type is nullable.
/// </summary>
/// <remarks>
/// Limits come from System.ComponentModel.DataAnnotations (Range, MinLength, MaxLength, Length, RegularExpression,
/// AllowedValues), from <see cref="TextChoicesAttribute"/>, <see cref="ExamplesAttribute"/> and
/// <see cref="StringShorthandAttribute"/>. On a list of numbers or texts, all limits but lengths apply to its items.
/// Descriptions come from System.ComponentModel.DescriptionAttribute, the title from DisplayNameAttribute.
/// </remarks>
internal static class SettingsSchema
{
    /// <summary>Returns the JSON Schema of a record type; a new tree on each call.</summary>
    /// <exception cref="NotSupportedException">The type has a property that recipes cannot express.</exception>
    public static JsonObject JsonFor<T>() where T : class => new SchemaWriter(SchemaBuilder.SchemaOf(typeof(T))).Write();

    /// <summary>Returns the JSON Schema of a record type as the text of a file: indented, with a line break at its end.</summary>
    /// <exception cref="NotSupportedException">The type has a property that recipes cannot express.</exception>
    public static string TextFor<T>() where T : class => JsonFor<T>().ToJsonString(SettingsJson.Options) + "\n";
}
