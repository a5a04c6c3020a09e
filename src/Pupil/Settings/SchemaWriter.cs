using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>Writes a schema as JSON Schema; every named type appears once, under <c>$defs</c>.</summary>
internal sealed class SchemaWriter(Schema root)
{
    private readonly Dictionary<object, string> _names = new() { [root] = "#" };
    private readonly JsonObject _definitions = [];

    /// <summary>Returns the JSON Schema (draft 2020-12) of the root.</summary>
    public JsonObject Write()
    {
        var type = ((NamedSchema)root).Type;
        var body = Describe(root);
        body.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        body.Insert(1, "title", type.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName ?? type.Name);
        if (root is ObjectSchema) // a variant would need $schema in every case
            ((JsonObject)Objects(body).First()["properties"]!).Insert(0, "$schema", new JsonObject { ["type"] = "string" });
        if (_definitions.Count > 0)
            body["$defs"] = _definitions;
        return body;
    }

    private static IEnumerable<JsonObject> Objects(JsonObject body) =>
        body["anyOf"] is JsonArray either ? either.OfType<JsonObject>().Where(part => part["properties"] is not null) : [body];

    /// <summary>Returns the JSON Schema of a node: in place, or as a reference to its definition.</summary>
    private JsonObject Refer(Schema schema)
    {
        var (type, key) = schema switch
        {
            NamedSchema named => (named.Type, (object)schema),
            ChoiceSchema choice => (choice.Type, choice.Type), // an enum has a schema for every property, but one definition
            _ => (null, null),
        };
        if (type is null || key is null)
            return Describe(schema);
        if (!_names.TryGetValue(key, out var place))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(type.Name);
            for (var i = 2; _definitions.ContainsKey(name); i++)
                name = JsonNamingPolicy.CamelCase.ConvertName(type.Name) + i;
            _names.Add(key, place = "#/$defs/" + name);
            _definitions[name] = null; // reserves the name while the parts are described
            _definitions[name] = Describe(schema);
        }
        return new JsonObject { ["$ref"] = place };
    }

    private JsonObject Describe(Schema schema) => schema switch
    {
        FlagSchema => new JsonObject { ["type"] = "boolean" },
        WholeSchema whole => new JsonObject { ["type"] = "integer", ["minimum"] = whole.Minimum, ["maximum"] = whole.Maximum },
        NumberSchema number => Number(number),
        TextSchema text => Text(text),
        ChoiceSchema choice => WithDescription(choice.Description, new JsonObject { ["enum"] = Texts(choice.Values) }),
        ListSchema list => List(list),
        NullableSchema nullable => Nullable(Refer(nullable.Inner)),
        ObjectSchema { Shorthand: { } key } item => Either(item, Refer(item.Find(key)!.Schema), Object(item)),
        ObjectSchema item => WithDescription(item.Description, Object(item)),
        VariantSchema { Shorthand: null } variant => Either(variant, [.. variant.Cases.Values.Select(Refer)]),
        VariantSchema variant => Either(variant, [ShortVariant(variant), .. variant.Cases.Values.Select(Refer)]),
        _ => throw new NotSupportedException($"{schema} has no JSON Schema."),
    };

    private static JsonObject Number(NumberSchema schema)
    {
        var result = new JsonObject { ["type"] = "number" };
        if (double.IsFinite(schema.Minimum))
            result[schema.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = schema.Minimum;
        if (double.IsFinite(schema.Maximum))
            result[schema.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = schema.Maximum;
        return result;
    }

    private static JsonObject Text(TextSchema schema)
    {
        var result = new JsonObject { ["type"] = "string" };
        if (schema.MinimumLength > 0)
            result["minLength"] = schema.MinimumLength;
        if (schema.MaximumLength is { } maximum)
            result["maxLength"] = maximum;
        if (schema.Pattern is { } pattern)
            result["pattern"] = $"^(?:{pattern})$";
        if (schema.Examples.Count > 0)
            result["examples"] = Texts(schema.Examples);
        return result;
    }

    private JsonObject List(ListSchema schema)
    {
        var result = new JsonObject { ["type"] = "array", ["items"] = Refer(schema.Item) };
        if (schema.MinimumCount > 0)
            result["minItems"] = schema.MinimumCount;
        if (schema.MaximumCount is { } maximum)
            result["maxItems"] = maximum;
        return result;
    }

    private JsonObject Object(ObjectSchema schema)
    {
        var properties = new JsonObject();
        if (schema.Discriminator is { } discriminator)
            properties[discriminator.Key] = new JsonObject { ["const"] = discriminator.Value };
        foreach (var property in schema.Properties)
            properties[property.Name] = Property(property);
        var result = new JsonObject { ["type"] = "object", ["properties"] = properties };
        string[] required =
        [
            .. schema is { Discriminator: { } d, IsDefaultCase: false } ? [d.Key] : (string[])[],
            .. schema.Properties.Where(p => p.IsRequired).Select(p => p.Name),
        ];
        if (required.Length > 0)
            result["required"] = Texts(required);
        result["additionalProperties"] = false;
        return result;
    }

    private JsonObject Property(PropertySchema property)
    {
        var result = WithDescription(property.Description, Refer(property.Schema));
        if (!property.IsRequired)
            result["default"] = property.Default?.DeepClone();
        return result;
    }

    /// <summary>Returns the names of the cases without required properties, which may be written as a name alone.</summary>
    private static JsonObject ShortVariant(VariantSchema schema) => new()
    {
        ["enum"] = Texts(schema.Cases.Where(item => !item.Value.Properties.Any(property => property.IsRequired)).Select(item => item.Key)),
    };

    private static JsonObject Nullable(JsonObject inner) =>
        inner["type"] is JsonValue type ? With(inner, "type", new JsonArray(type.DeepClone(), "null"))
        : new JsonObject { ["anyOf"] = new JsonArray(inner, new JsonObject { ["type"] = "null" }) };

    private static JsonObject With(JsonObject schema, string key, JsonNode value)
    {
        schema[key] = value;
        return schema;
    }

    private static JsonObject Either(NamedSchema schema, params JsonObject[] parts) =>
        WithDescription(schema.Description, new JsonObject { ["anyOf"] = new JsonArray(parts) });

    private static JsonObject WithDescription(string? description, JsonObject schema)
    {
        if (description is null)
            return schema;
        schema.Remove("description");
        schema.Insert(0, "description", description);
        return schema;
    }

    private static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
}
