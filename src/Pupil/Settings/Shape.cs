using System.Globalization;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>
/// The schema of a JSON value. The published JSON Schema, the checks and the messages all come from it, so that they agree.
/// </summary>
internal abstract class Schema;

/// <summary>True or false.</summary>
internal sealed class FlagSchema : Schema;

/// <summary>A whole number between bounds, both included.</summary>
internal sealed class WholeSchema(decimal minimum, decimal maximum, bool hasOwnMaximum, bool hasOwnMinimum) : Schema
{
    public decimal Minimum { get; } = minimum;

    public decimal Maximum { get; } = maximum;

    /// <summary>Whether an attribute sets the maximum; otherwise it is the type's largest number.</summary>
    public bool HasOwnMaximum { get; } = hasOwnMaximum;

    /// <summary>Whether an attribute sets the minimum; otherwise it is the type's smallest number.</summary>
    public bool HasOwnMinimum { get; } = hasOwnMinimum;

    public bool Allows(decimal value) => value >= Minimum && value <= Maximum;

    /// <summary>
    /// Reads a JSON number whose value is whole; 100.0 and 1e2 are whole, as in JSON Schema. Fails for texts of more than 28
    /// characters and for those that decimal rounds to zero: their value would not be exact.
    /// </summary>
    public static bool TryRead(string text, out decimal value) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
        && text.Length <= 28 && decimal.IsInteger(value)
        && (value != 0 || text.TakeWhile(c => c is not ('e' or 'E')).All(c => c is '0' or '.' or '-'));
}

/// <summary>A finite number between bounds; an infinite bound means none.</summary>
internal sealed class NumberSchema(
    double minimum, double maximum, bool minimumIsExclusive, bool maximumIsExclusive, double largest) : Schema
{
    public double Minimum { get; } = minimum;

    public double Maximum { get; } = maximum;

    public bool MinimumIsExclusive { get; } = minimumIsExclusive;

    public bool MaximumIsExclusive { get; } = maximumIsExclusive;

    public bool Allows(double value) => double.IsFinite(value) && Math.Abs(value) <= largest
        && (MinimumIsExclusive ? value > Minimum : value >= Minimum)
        && (MaximumIsExclusive ? value < Maximum : value <= Maximum);
}

/// <summary>Free text; lengths count Unicode code points.</summary>
internal sealed class TextSchema : Schema
{
    public int MinimumLength { get; init; }

    public int? MaximumLength { get; init; }

    /// <summary>A regular expression that the whole text must match.</summary>
    public string? Pattern { get; init; }

    public IReadOnlyList<string> Examples { get; init; } = [];
}

/// <summary>One of a list of texts.</summary>
internal sealed class ChoiceSchema(Type? type, IReadOnlyList<string> values) : Schema
{
    /// <summary>The enum type, or null for texts that are not an enum's.</summary>
    public Type? Type { get; } = type;

    public IReadOnlyList<string> Values { get; } = values;

    public string? Description { get; init; }
}

/// <summary>A list of items of one schema; null for the maximum means none.</summary>
internal sealed class ListSchema(Schema item, int minimumCount, int? maximumCount) : Schema
{
    public Schema Item { get; } = item;

    public int MinimumCount { get; } = minimumCount;

    public int? MaximumCount { get; } = maximumCount;
}

/// <summary>A value of another schema, or null.</summary>
internal sealed class NullableSchema(Schema inner) : Schema
{
    public Schema Inner { get; } = inner;
}

/// <summary>A property of an object. An optional property has a default, which may be null.</summary>
internal sealed record PropertySchema(string Name, Schema Schema, string? Description, bool IsRequired, JsonNode? Default);

/// <summary>The schema of a .NET record type: an object or a variant, perhaps with a text shorthand.</summary>
internal abstract class NamedSchema(Type type) : Schema
{
    public Type Type { get; } = type;

    public string? Description { get; init; }

    /// <summary>The key that a plain text sets (<see cref="StringShorthandAttribute"/>), or null.</summary>
    public string? Shorthand { get; init; }
}

/// <summary>An object with known properties.</summary>
internal sealed class ObjectSchema(Type type) : NamedSchema(type)
{
    private readonly OrderedDictionary<string, PropertySchema> _properties = new(StringComparer.Ordinal);

    /// <summary>The discriminator and its value if this is a case of a <see cref="VariantSchema"/>, or null.</summary>
    public (string Key, string Value)? Discriminator { get; init; }

    /// <summary>Whether the discriminator may be left out.</summary>
    public bool IsDefaultCase { get; init; }

    public IReadOnlyList<PropertySchema> Properties => _properties.Values;

    public IEnumerable<string> Keys => Discriminator is { } discriminator ? [discriminator.Key, .. _properties.Keys] : _properties.Keys;

    public PropertySchema? Find(string key) => _properties.GetValueOrDefault(key);

    /// <summary>Adds a property. Properties follow the construction, because a record may contain its own type.</summary>
    public void Add(PropertySchema property) => _properties.Add(property.Name, property);
}

/// <summary>One of several objects, distinguished by the value of one key.</summary>
internal sealed class VariantSchema(Type type, string key) : NamedSchema(type)
{
    public string Key { get; } = key;

    /// <summary>The case of an object without the key (<see cref="DefaultCaseAttribute"/>), or null: the key is required.</summary>
    public string? DefaultCase { get; init; }

    public OrderedDictionary<string, ObjectSchema> Cases { get; } = new(StringComparer.Ordinal);
}
