namespace Pupil.Recipes.Reading;

/// <summary>Finds where a key that is in the wrong place probably belongs.</summary>
internal static class NearestKey
{
    /// <summary>The path of the only other object, outside lists, that has this very key; else null.</summary>
    public static string? FindElsewhere(string given, Shape root)
    {
        var (found, seen, open) = (new List<string>(), new HashSet<Shape>(), new Queue<(Shape Shape, string Path)>([(root, "")]));
        while (open.TryDequeue(out var next))
        {
            var shape = next.Shape is NullableShape nullable ? nullable.Inner : next.Shape;
            if (!seen.Add(shape))
                continue;
            foreach (var item in shape is VariantShape variant ? variant.Cases.Values : Enumerable.Empty<ObjectShape>())
                open.Enqueue((item, next.Path));
            foreach (var property in (shape as ObjectShape)?.Properties ?? [])
            {
                var path = RecipePath.Join(next.Path, property.Name);
                if (property.Name == given)
                    found.Add(path);
                open.Enqueue((property.Shape, path));
            }
        }
        return found.Distinct().Count() == 1 ? found[0] : null;
    }
}
