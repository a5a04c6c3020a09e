using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pupil.Recipes.Reading;

/// <summary>Compares a completed tree with its shape and collects every difference.</summary>
internal sealed class ShapeValidator(Shape root, RecipeErrors errors)
{
    private static readonly TimeSpan PatternTime = TimeSpan.FromSeconds(1);

    public void Check(TreeNode node) => Check(node, root, "");

    private void Check(TreeNode node, Shape shape, string path, PropertyShape? property = null)
    {
        var inner = shape is NullableShape nullable ? nullable.Inner : shape;
        if (shape is NullableShape && TreeScalar.IsNull(node))
            return;
        switch (inner, node)
        {
            case (ObjectShape shapeOfObject, TreeObject owner):
                CheckObject(owner, shapeOfObject, path);
                break;
            case (VariantShape variant, TreeObject owner):
                CheckVariant(owner, variant, path);
                break;
            case (ListShape list, TreeList items) when Fits(items.Items.Count, list.MinimumCount, list.MaximumCount):
                for (var i = 0; i < items.Items.Count; i++)
                    Check(items.Items[i], list.Item, RecipePath.Join(path, i));
                break;
            case (_, TreeScalar scalar) when scalar.Origin.IsDefault || Fits(scalar, inner):
                break;
            default:
                errors.Add(node.Origin, path, () => Wording.Wrong(node, shape, property));
                break;
        }
    }

    private void CheckVariant(TreeObject owner, VariantShape variant, string path)
    {
        var name = owner[variant.Key];
        if (name is TreeScalar { Kind: JsonValueKind.String } text && variant.Cases.TryGetValue(text.Text, out var shape))
            CheckObject(owner, shape, path);
        else if (name is null)
            errors.Add(owner.Origin, RecipePath.Join(path, variant.Key), () => Wording.MissingName(variant));
        else
            errors.Add(name.Origin, RecipePath.Join(path, variant.Key), () => Wording.WrongName(name, variant));
    }

    private void CheckObject(TreeObject owner, ObjectShape shape, string path)
    {
        foreach (var (key, origin) in owner.Repeated)
            errors.Add(origin, RecipePath.Join(path, key), Wording.Repeated);
        foreach (var property in shape.Properties.Where(property => property.IsRequired && owner[property.Name] is null))
            errors.Add(owner.Origin, RecipePath.Join(path, property.Name), () => Wording.Missing(property));
        foreach (var (key, member) in owner.Members)
        {
            if (shape.Find(key) is { } property)
                Check(member.Value, property.Shape, RecipePath.Join(path, key), property);
            else if (key != shape.Discriminator?.Key)
                AddUnknown(member.KeyOrigin, RecipePath.Join(path, key), key, shape);
        }
    }

    private void AddUnknown(Origin origin, string path, string key, ObjectShape shape) =>
        errors.Add(origin, path, () => Wording.UnknownKey(path, key, shape, root));

    private static bool Fits(TreeScalar scalar, Shape shape) => (shape, scalar.Kind) switch
    {
        (FlagShape, JsonValueKind.True or JsonValueKind.False) => true,
        (WholeShape whole, JsonValueKind.Number) => WholeShape.TryRead(scalar.Text, out var value) && whole.Allows(value),
        (NumberShape number, JsonValueKind.Number) => number.Allows(double.Parse(scalar.Text, CultureInfo.InvariantCulture)),
        (ChoiceShape choice, JsonValueKind.String) => choice.Values.Contains(scalar.Text),
        (TextShape text, JsonValueKind.String) =>
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
