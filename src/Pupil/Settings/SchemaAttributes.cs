namespace Pupil.Settings;

/// <summary>
/// Lets a text stand for a whole object: with <c>[StringShorthand("architecture")]</c> on a record, the JSON
/// <c>"wrn-16-1"</c> means <c>{ "architecture": "wrn-16-1" }</c>. On a polymorphic base record the property may be the
/// discriminator, so that <c>"method": "ctkd"</c> means <c>{ "name": "ctkd" }</c>.
/// </summary>
/// <param name="property">The JSON name of the text property that the shorthand sets.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class StringShorthandAttribute(string property) : Attribute
{
    /// <summary>The JSON name of the text property that the shorthand sets.</summary>
    public string Property { get; } = property;
}

/// <summary>Good values of a text property that is not limited to them: editors offer them, messages name the first.</summary>
/// <param name="values">The values, the most typical one first.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExamplesAttribute(params string[] values) : Attribute
{
    /// <summary>The values, the most typical one first.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>
/// The only values a text property may have, where they are known to code and not to an enum: derive from it and return,
/// for example, the names of a list of methods. For fixed values use
/// <see cref="System.ComponentModel.DataAnnotations.AllowedValuesAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class TextChoicesAttribute : Attribute
{
    /// <summary>The allowed values, in the order in which messages and editors list them.</summary>
    public abstract IReadOnlyList<string> Choices { get; }
}
