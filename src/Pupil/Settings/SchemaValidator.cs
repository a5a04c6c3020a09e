using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pupil.Settings;

/// <summary>Checks a completed tree against its schema and collects all errors.</summary>
internal sealed class SchemaValidator(Schema root, SettingsErrors errors)
{
    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    /// <summary>Checks the root of a tree.</summary>
    public void Check(TreeNode node) => Check(node, root, "");

    private void Check(TreeNode node, Schema schema, string path, PropertySchema? property = null)
    {
        var inner = schema is NullableSchema nullable ? nullable.Inner : schema;
        if (schema is NullableSchema && TreeScalar.IsNull(node))
            return;
        switch (inner, node)
        {
            case (ObjectSchema objectSchema, TreeObject owner):
                CheckObject(owner, objectSchema, path);
                break;
            case (VariantSchema variant, TreeObject owner):
                CheckVariant(owner, variant, path);
                break;
            case (ListSchema list, TreeList items) when Fits(items.Items.Count, list.MinimumCount, list.MaximumCount):
                for (var i = 0; i < items.Items.Count; i++)
                    Check(items.Items[i], list.Item, SettingsPath.Join(path, i));
                break;
            case (_, TreeScalar scalar) when scalar.Origin.IsDefault || Fits(scalar, inner):
                break;
            default:
                errors.Add(node.Origin, path, () => Wording.Wrong(node, schema, property));
                break;
        }
    }

    private void CheckVariant(TreeObject owner, VariantSchema variant, string path)
    {
        var name = owner[variant.Key];
        if (name is TreeScalar { Kind: JsonValueKind.String } text && variant.Cases.TryGetValue(text.Text, out var schema))
            CheckObject(owner, schema, path);
        else if (name is null)
            errors.Add(owner.Origin, SettingsPath.Join(path, variant.Key), () => Wording.MissingName(variant));
        else
            errors.Add(name.Origin, SettingsPath.Join(path, variant.Key), () => Wording.WrongName(name, variant));
    }

    private void CheckObject(TreeObject owner, ObjectSchema schema, string path)
    {
        foreach (var (key, origin) in owner.Repeated)
            errors.Add(origin, SettingsPath.Join(path, key), Wording.Repeated);
        foreach (var property in schema.Properties.Where(property => property.IsRequired && owner[property.Name] is null))
            errors.Add(owner.Origin, SettingsPath.Join(path, property.Name), () => Wording.Missing(property));
        foreach (var (key, member) in owner.Members)
        {
            if (schema.Find(key) is { } property)
                Check(member.Value, property.Schema, SettingsPath.Join(path, key), property);
            else if (key != schema.Discriminator?.Key)
                AddUnknown(member.KeyOrigin, SettingsPath.Join(path, key), key, schema);
        }
    }

    private void AddUnknown(Origin origin, string path, string key, ObjectSchema schema) =>
        errors.AddUnknown(origin, path, () => Wording.UnknownKey(path, key, schema, root));

    private static bool Fits(TreeScalar scalar, Schema schema) => (schema, scalar.Kind) switch
    {
        (FlagSchema, JsonValueKind.True or JsonValueKind.False) => true,
        (WholeSchema whole, JsonValueKind.Number) => WholeSchema.TryRead(scalar.Text, out var value) && whole.Allows(value),
        (NumberSchema number, JsonValueKind.Number) => number.Allows(double.Parse(scalar.Text, CultureInfo.InvariantCulture)),
        (ChoiceSchema choice, JsonValueKind.String) => choice.Values.Contains(scalar.Text),
        (TextSchema text, JsonValueKind.String) =>
            Fits(scalar.Text.EnumerateRunes().Count(), text.MinimumLength, text.MaximumLength) && Matches(scalar.Text, text.Pattern),
        _ => false,
    };

    private static bool Fits(int count, int minimum, int? maximum) => count >= minimum && (maximum is null || count <= maximum);

    private static bool Matches(string text, string? pattern)
    {
        try
        {
            return pattern is null || Regex.IsMatch(text, $@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, PatternTime);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
