using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Pupil.Settings;

/// <summary>The JSON form of recipes: keys in camel case, enums in kebab case, numbers as numbers, no property omitted.</summary>
internal static class SettingsJson
{
    /// <summary>The deepest nesting of a text. The serializer's own limit is higher, because overrides and shorthands add levels.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The serializer's options, for indented JSON.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The serializer's options, for JSON in one line.</summary>
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
            IgnoreReadOnlyProperties = true, // computed properties are not settings
            MaxDepth = 4 * MaximumDepth,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // people read the file; it is not embedded in HTML
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        options.MakeReadOnly();
        return options;
    }
}
