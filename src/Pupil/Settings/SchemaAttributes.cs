namespace Pupil.Settings;

/// <summary>
/// Allows a text in place of an object. With <c>[StringShorthand("architecture")]</c> on a record, the JSON
/// <c>"wrn-16-1"</c> means <c>{ "architecture": "wrn-16-1" }</c>. On a polymorphic base record the property may be the
/// discriminator: <c>"method": "ctkd"</c> then means <c>{ "name": "ctkd" }</c>.
/// </summary>
/// <param name="property">The JSON name of the text property that the shorthand sets.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class StringShorthandAttribute(string property) : Attribute
{
    /// <summary>The JSON name of the text property that the shorthand sets.</summary>
    public string Property { get; } = property;
}

/// <summary>
/// The case of a polymorphic record that an object without the discriminator means. Recipes from before the other cases stay readable.
/// </summary>
/// <param name="name">The value of the discriminator.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class DefaultCaseAttribute(string name) : Attribute
{
    /// <summary>The value of the discriminator.</summary>
    public string Name { get; } = name;
}

/// <summary>Example values of a text property that allows others too: editors offer all of them, messages name the first.</summary>
/// <param name="values">The values, the most typical one first.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExamplesAttribute(params string[] values) : Attribute
{
    /// <summary>The values, the most typical one first.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}

/// <summary>
/// The allowed values of a text property, computed by code instead of an enum. A derived attribute returns,
/// for example, the names of a list of methods. For fixed values use
/// <see cref="System.ComponentModel.DataAnnotations.AllowedValuesAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class TextChoicesAttribute : Attribute
{
    /// <summary>The allowed values, in the order in which messages and editors list them.</summary>
    public abstract IReadOnlyList<string> Choices { get; }
}
