using System.Globalization;
using System.Text.Json;

namespace Pupil.Settings;

/// <summary>
/// Brings a tree into the form that the serializer reads: shorthands written out, whole numbers as digits, and in every
/// object that is written in part the rest of what the containing record holds there by default (but for required values,
/// which belong to every object that is written).
/// </summary>
internal static class Completion
{
    public static TreeNode Complete(TreeNode node, Slot slot)
    {
        switch (slot.Expand(node))
        {
            case TreeObject owner:
                CompleteObject(owner, slot);
                return owner;
            case TreeList list:
                for (var i = 0; i < list.Items.Count; i++)
                    list.Items[i] = Complete(list.Items[i], slot.Item);
                return list;
            case TreeScalar { Kind: JsonValueKind.Number } number
                when slot.Core is WholeSchema whole && WholeSchema.TryRead(number.Text, out var value) && whole.Allows(value):
                return new TreeScalar(JsonValueKind.Number, value.ToString("0", CultureInfo.InvariantCulture), node.Origin);
            case { } other:
                return other;
            default:
                return node;
        }
    }

    private static void CompleteObject(TreeObject owner, Slot slot)
    {
        var defaults = slot.DefaultsFor(owner);
        foreach (var property in slot.ObjectFor(owner)?.Properties ?? [])
        {
            if (owner[property.Name] is { } written)
                owner.Set(property.Name, Complete(written, slot.Property(owner, property.Name)), written.Origin);
            else if (!property.IsRequired && defaults?[property.Name] is { } value)
                owner.Set(property.Name, Slot.FromDefault(value), Origin.Default);
        }
    }
}
