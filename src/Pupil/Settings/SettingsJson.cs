using System.Reflection;
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

    private static volatile Forms? _forms;

    /// <summary>The serializer's options, for indented JSON.</summary>
    public static JsonSerializerOptions Options => Current.Indented;

    /// <summary>The serializer's options, for JSON in one line.</summary>
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
            IgnoreReadOnlyProperties = true, // computed properties are not settings
            MaxDepth = 4 * MaximumDepth,
            WriteIndented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // people read the file; it is not embedded in HTML
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddVariants } },
        };
        options.MakeReadOnly();
        return options;
    }
}
