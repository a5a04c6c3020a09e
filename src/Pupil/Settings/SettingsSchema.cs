using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>
/// Publishes what <see cref="SettingsReader"/> accepts as a JSON Schema (draft 2020-12), so that editors complete and check
/// recipes. Records may hold flags, whole and real numbers, text, enums, lists, other records, polymorphic records
/// (<see cref="System.Text.Json.Serialization.JsonPolymorphicAttribute"/>), and null where the type says so.
/// </summary>
/// <remarks>
/// Limits come from System.ComponentModel.DataAnnotations (Range, MinLength, MaxLength, Length, RegularExpression,
/// AllowedValues), from <see cref="TextChoicesAttribute"/>, <see cref="ExamplesAttribute"/> and
/// <see cref="StringShorthandAttribute"/>; on a list of numbers or texts, all but lengths apply to its items.
/// Texts come from System.ComponentModel.DescriptionAttribute and DisplayNameAttribute (the title).
/// </remarks>
public static class SettingsSchema
{
    /// <summary>The schema of a record type; a new tree on each call.</summary>
    /// <exception cref="NotSupportedException">The type holds something that recipes cannot express.</exception>
    public static JsonObject For<T>() where T : class => new SchemaWriter(SchemaBuilder.For(typeof(T))).Write();

    /// <summary>The schema as indented text that ends with a line break, ready to be a file.</summary>
    /// <exception cref="NotSupportedException">The type holds something that recipes cannot express.</exception>
    public static string TextFor<T>() where T : class => For<T>().ToJsonString(SettingsJson.Options) + "\n";
}
