using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Pupil.Settings;

/// <summary>
/// Turns a property's attributes into the limits of its schema. On a list, lengths limit the list; all other rules limit its
/// items. A rule that fits no part of the property is refused, so that no limit is silently ignored.
/// </summary>
internal sealed class SchemaRules(IEnumerable<object> attributes)
{
    private readonly List<object> _unused =
        [.. attributes.Where(attribute => attribute is ValidationAttribute or TextChoicesAttribute or ExamplesAttribute)];

    public WholeSchema Whole(decimal smallest, decimal largest)
    {
        var range = Take<RangeAttribute>();
        var minimum = Bound(range?.Minimum, smallest) + (range is { MinimumIsExclusive: true } ? 1 : 0);
        var maximum = Bound(range?.Maximum, largest) - (range is { MaximumIsExclusive: true } ? 1 : 0);
        return new WholeSchema(Math.Max(minimum, smallest), Math.Min(maximum, largest), maximum < largest, minimum > smallest);
    }

    public NumberSchema Number(double largest)
    {
        var range = Take<RangeAttribute>();
        var minimum = Bound(range?.Minimum, double.NegativeInfinity);
        var maximum = Bound(range?.Maximum, double.PositiveInfinity);
        return new NumberSchema(
            minimum <= -largest ? double.NegativeInfinity : minimum, maximum >= largest ? double.PositiveInfinity : maximum,
            range is { MinimumIsExclusive: true }, range is { MaximumIsExclusive: true }, largest);
    }

    public Schema Text()
    {
        var allowed = Take<AllowedValuesAttribute>()?.Values.OfType<string>().ToArray();
        if ((Take<TextChoicesAttribute>()?.Choices ?? allowed) is { } choices)
            return new ChoiceSchema(null, choices);
        var (minimum, maximum) = Lengths();
        return new TextSchema
        {
            MinimumLength = minimum,
            MaximumLength = maximum,
            Pattern = Take<RegularExpressionAttribute>()?.Pattern,
            Examples = Take<ExamplesAttribute>()?.Values ?? [],
        };
    }

    public ListSchema List(Func<Schema> item)
    {
        var (minimum, maximum) = Lengths(); // taken before the items' rules: lengths limit the list
        return new ListSchema(item(), minimum, maximum);
    }

    /// <summary>Checks that every attribute was used.</summary>
    /// <exception cref="NotSupportedException">An attribute has no effect.</exception>
    public void RefuseUnused(string property)
    {
        if (_unused.Count > 0)
            throw new NotSupportedException($"{_unused[0].GetType().Name} has no effect on {property}.");
    }

    private (int Minimum, int? Maximum) Lengths()
    {
        var both = Take<LengthAttribute>();
        return (both?.MinimumLength ?? Take<MinLengthAttribute>()?.Length ?? 0,
            both?.MaximumLength ?? Take<MaxLengthAttribute>()?.Length);
    }

    private T? Take<T>() where T : class
    {
        var found = _unused.OfType<T>().FirstOrDefault();
        if (found is not null)
            _unused.Remove(found);
        return found;
    }

    private static double Bound(object? bound, double otherwise) =>
        bound is null ? otherwise : Convert.ToDouble(bound, CultureInfo.InvariantCulture);

    private static decimal Bound(object? bound, decimal otherwise) => bound switch
    {
        null => otherwise,
        double number when Math.Abs(number) >= 1e28 => otherwise, // beyond what decimal holds: no bound
        _ => Convert.ToDecimal(bound, CultureInfo.InvariantCulture),
    };
}
