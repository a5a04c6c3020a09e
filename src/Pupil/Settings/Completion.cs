using System.Globalization;
using System.Text.Json;

namespace Pupil.Settings;

/// <summary>
/// Completes a tree for the serializer: expands shorthands, writes whole numbers as digits, and fills partly written objects.
/// A missing property of a written object takes the value that the containing record has there by default.
/// Required properties are not filled: every written object must have them.
/// </summary>
internal static class Completion
{
    /// <summary>Completes a node in place and returns it, or the node that replaces it.</summary>
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
                owner.Set(property.Name, Slot.NodeFromDefault(value), Origin.Default);
        }
    }
}
