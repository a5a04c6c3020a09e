using System.Reflection;
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

    private static volatile Forms? _forms;

    public static JsonSerializerOptions Options => Current.Indented;

    /// <summary>The same in one line.</summary>
    public static JsonSerializerOptions Compact => Current.Compact;

    // A serializer's options are fixed once used: variants that are added later need new ones.
    internal static void ForgetVariants()
    {
        _forms = null;
        SchemaBuilder.Forget();
    }

    private static Forms Current => _forms ??= new(Create());

    private sealed class Forms(JsonSerializerOptions indented)
    {
        public JsonSerializerOptions Indented { get; } = indented;

        public JsonSerializerOptions Compact { get; } = new(indented) { WriteIndented = false };
    }

    private static void AddVariants(JsonTypeInfo info)
    {
        if (info.Type.GetCustomAttribute<VariantKeyAttribute>(inherit: false) is not { } root)
            return;
        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = root.Key };
        foreach (var variant in Variants.Of(info.Type))
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(variant, Variants.NameOf(variant)));
    }

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
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddVariants } },
        };
        options.MakeReadOnly();
        return options;
    }
}
