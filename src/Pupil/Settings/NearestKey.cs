namespace Pupil.Settings;

/// <summary>Finds where a key that is in the wrong place probably belongs.</summary>
internal static class NearestKey
{
    /// <summary>The path of the only other object, outside lists, that has this very key; else null.</summary>
    public static string? FindElsewhere(string given, Schema root)
    {
        var (found, seen, open) = (new List<string>(), new HashSet<Schema>(), new Queue<(Schema Schema, string Path)>([(root, "")]));
        while (open.TryDequeue(out var next))
        {
            var shape = next.Schema is NullableSchema nullable ? nullable.Inner : next.Schema;
            if (!seen.Add(shape))
                continue;
            foreach (var item in shape is VariantSchema variant ? variant.Cases.Values : Enumerable.Empty<ObjectSchema>())
                open.Enqueue((item, next.Path));
            foreach (var property in (shape as ObjectSchema)?.Properties ?? [])
            {
                var path = SettingsPath.Join(next.Path, property.Name);
                if (property.Name == given)
                    found.Add(path);
                open.Enqueue((property.Schema, path));
            }
        }
        return found.Distinct().Count() == 1 ? found[0] : null;
    }
}
