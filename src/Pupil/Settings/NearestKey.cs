namespace Pupil.Settings;

/// <summary>Finds the path that a misplaced key probably belongs to.</summary>
internal static class NearestKey
{
    /// <summary>Returns the path of the key if exactly one object outside lists has it; otherwise null.</summary>
    public static string? FindElsewhere(string given, Schema root)
    {
        var (found, seen, open) = (new List<string>(), new HashSet<Schema>(), new Queue<(Schema Schema, string Path)>([(root, "")]));
        while (open.TryDequeue(out var next))
        {
            var schema = next.Schema is NullableSchema nullable ? nullable.Inner : next.Schema;
            if (!seen.Add(schema))
                continue;
            foreach (var item in schema is VariantSchema variant ? variant.Cases.Values : Enumerable.Empty<ObjectSchema>())
                open.Enqueue((item, next.Path));
            foreach (var property in (schema as ObjectSchema)?.Properties ?? [])
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
