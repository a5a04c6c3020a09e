using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Pupil.Settings;

/// <summary>How recipes look as JSON: camel-case keys, enums in kebab-case, numbers as numbers, nothing left out.</summary>
internal static class SettingsJson
{
    /// <summary>Deepest nesting of a text; the serializer's own limit lies above it, because overrides and shorthands add to it.</summary>
    public const int MaximumDepth = 64;

    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The same in one line.</summary>
    public static JsonSerializerOptions Compact { get; } = new(Options) { WriteIndented = false };

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowOutOfOrderMetadataProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            IgnoreReadOnlyProperties = true, // computed properties are no settings
            MaxDepth = 4 * MaximumDepth,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the file is read by people, not put into HTML
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}
