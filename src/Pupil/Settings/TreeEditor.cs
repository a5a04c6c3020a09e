namespace Pupil.Settings;

/// <summary>Sets one value in a tree and creates missing containers along its path.</summary>
/// <param name="steps">The path of the value.</param>
/// <param name="value">The value.</param>
/// <param name="origin">The origin of the value.</param>
/// <param name="problem">
/// Receives the path and the error message where the tree has no such position. Null for a value that yields to every written
/// one: without a position it stays unset.
/// </param>
internal sealed class TreeEditor(
    IReadOnlyList<SettingsPath.Step> steps, TreeNode value, Origin origin, Action<string, string>? problem)
{
    /// <summary>Sets the value and returns the root, which may be new.</summary>
    public TreeNode Apply(TreeNode root, Slot slot) => Place(root, slot, 0);

    private TreeNode Place(TreeNode? current, Slot slot, int depth)
    {
        if (depth == steps.Count)
            return problem is not null || current is null || current.IsDefault ? value : current;
        var step = steps[depth];
        current = slot.Expand(current);
        var replacesNull = problem is not null && TreeScalar.IsNull(current);
        var container = current is null || replacesNull ? slot.Create(step.Key is null, origin) : current;
        if (container is TreeObject owner && step.Key is { } key)
            owner.Set(key, Place(owner[key], slot.Property(owner, key), depth + 1), origin);
        else if (container is TreeList list && step.Key is null)
            PlaceItem(list, slot.Item, depth, step.Index);
        else
            problem?.Invoke(SettingsPath.Format(steps.Take(depth)), Wording.NotAContainer(container, step.Key));
        return container;
    }

    private void PlaceItem(TreeList list, Slot slot, int depth, int index)
    {
        if (index < list.Items.Count)
            list.Items[index] = Place(list.Items[index], slot, depth + 1);
        else if (index == list.Items.Count)
            list.Items.Add(Place(null, slot, depth + 1));
        else
            problem?.Invoke(SettingsPath.Format(steps.Take(depth + 1)), Wording.IndexTooLarge(index, list.Items.Count));
    }
}
