using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pupil.Settings;

/// <summary>
/// Builds the schema of a record type from the serializer's metadata. A type that recipes cannot express is a
/// programming error and throws <see cref="NotSupportedException"/>.
/// </summary>
internal sealed class SchemaBuilder
{
    private static readonly ConcurrentDictionary<Type, Schema> Known = new();

    private readonly Dictionary<(Type Type, string? Case), Schema> _named = [];

    private SchemaBuilder() { }

    /// <summary>Returns the schema of a type; built once per type.</summary>
    public static Schema SchemaOf(Type type) =>
        Known.GetOrAdd(type, static type => new SchemaBuilder().Build(type, new SchemaRules([])));

    internal static void Forget() => Known.Clear();

    private Schema Build(Type type, SchemaRules rules)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return new NullableSchema(Build(inner, rules));
        if (type == typeof(bool))
            return new FlagSchema();
        if (type == typeof(string))
            return rules.Text();
        if (type == typeof(double))
            return rules.Number(double.MaxValue);
        if (type == typeof(float))
            return rules.Number(float.MaxValue);
        if (WholeLimits(type) is { } limits)
            return rules.Whole(limits.Minimum, limits.Maximum);
        if (type.IsEnum)
            return Choice(type);
        var info = SettingsJson.Options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => rules.List(() => Build(info.ElementType!, rules)),
            JsonTypeInfoKind.Object when info.PolymorphismOptions is { } options => Variant(info, options),
            JsonTypeInfoKind.Object => Object(info, null),
            _ => throw new NotSupportedException($"A recipe cannot hold a {type}."),
        };
    }

    private static (decimal Minimum, decimal Maximum)? WholeLimits(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.Byte => (byte.MinValue, byte.MaxValue),
        TypeCode.Int16 => (short.MinValue, short.MaxValue),
        TypeCode.UInt16 => (ushort.MinValue, ushort.MaxValue),
        TypeCode.Int32 => (int.MinValue, int.MaxValue),
        TypeCode.UInt32 => (uint.MinValue, uint.MaxValue),
        TypeCode.Int64 => (long.MinValue, long.MaxValue),
        TypeCode.UInt64 => (ulong.MinValue, ulong.MaxValue),
        _ => null,
    };

    private static ChoiceSchema Choice(Type type)
    {
        var members = type.GetFields(BindingFlags.Public | BindingFlags.Static);
        var named = members.Select(member => (
            Value: JsonSerializer.SerializeToNode(member.GetValue(null), type, SettingsJson.Options)!.GetValue<string>(),
            member.GetCustomAttribute<DescriptionAttribute>()?.Description)).ToList();
        var lines = named.Where(member => member.Description is not null).Select(member => $"{member.Value}: {member.Description}");
        string?[] description = [type.GetCustomAttribute<DescriptionAttribute>()?.Description, .. lines];
        return new ChoiceSchema(type, [.. named.Select(member => member.Value).Distinct()])
        {
            Description = description.Any(line => line is not null)
                ? string.Join('\n', description.Where(line => line is not null)) : null,
        };
    }

    private VariantSchema Variant(JsonTypeInfo info, JsonPolymorphismOptions options)
    {
        if (_named.TryGetValue((info.Type, null), out var known))
            return (VariantSchema)known;
        var variant = new VariantSchema(info.Type, options.TypeDiscriminatorPropertyName)
        {
            Description = info.Type.GetCustomAttribute<DescriptionAttribute>()?.Description,
            Shorthand = info.Type.GetCustomAttribute<StringShorthandAttribute>()?.Property,
            DefaultCase = info.Type.GetCustomAttribute<DefaultCaseAttribute>()?.Name,
        };
        _named.Add((info.Type, null), variant);
        if (variant.Shorthand is not null && variant.Shorthand != variant.Key)
            throw new NotSupportedException($"{info.Type} can have no other shorthand than its discriminator '{variant.Key}'.");
        foreach (var derived in options.DerivedTypes)
        {
            var name = derived.TypeDiscriminator as string
                ?? throw new NotSupportedException($"{derived.DerivedType} needs a text as its discriminator.");
            variant.Cases.Add(name, Object(SettingsJson.Options.GetTypeInfo(derived.DerivedType), (variant.Key, name),
                name == variant.DefaultCase));
        }
        return variant;
    }

    private ObjectSchema Object(JsonTypeInfo info, (string Key, string Value)? discriminator, bool isDefaultCase = false)
    {
        if (_named.TryGetValue((info.Type, discriminator?.Value), out var known))
            return (ObjectSchema)known;
        var schema = new ObjectSchema(info.Type)
        {
            Description = info.Type.GetCustomAttribute<DescriptionAttribute>()?.Description,
            Shorthand = discriminator is null ? info.Type.GetCustomAttribute<StringShorthandAttribute>()?.Property : null,
            Discriminator = discriminator,
            IsDefaultCase = isDefaultCase,
        };
        _named.Add((info.Type, discriminator?.Value), schema);
        var example = info.CreateObject?.Invoke()
            ?? throw new NotSupportedException($"{info.Type} needs a constructor without parameters, so that its defaults can be read.");
        foreach (var property in info.Properties.Where(property => property is { Get: not null, Set: not null }))
            schema.Add(Property(property, example));
        if (schema.Shorthand is { } key && schema.Find(key)?.Schema is not (TextSchema or ChoiceSchema))
            throw new NotSupportedException($"{info.Type} has no text '{key}' for its shorthand.");
        return schema;
    }

    private PropertySchema Property(JsonPropertyInfo property, object example)
    {
        var rules = new SchemaRules(property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? []);
        var schema = Build(property.PropertyType, rules);
        rules.RefuseUnused($"{property.DeclaringType}.{property.Name}");
        if (!property.PropertyType.IsValueType && property.IsSetNullable)
            schema = new NullableSchema(schema);
        var value = JsonSerializer.SerializeToNode(property.Get!(example), property.PropertyType, SettingsJson.Options);
        var description = property.AttributeProvider?.GetCustomAttributes(typeof(DescriptionAttribute), true)
            .OfType<DescriptionAttribute>().FirstOrDefault()?.Description;
        var isRequired = property.IsRequired || (value is null && schema is not NullableSchema);
        return new PropertySchema(property.Name, schema, description, isRequired, isRequired ? null : value);
    }
}
