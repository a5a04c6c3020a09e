namespace Pupil.Recipes.Reading;

/// <summary>Finds what a person probably meant to write.</summary>
internal static class NearestKey
{
    private const int LongestKey = 64;

    /// <summary>
    /// The known key that differs from the given one only in case or separators, else the one with the fewest changed,
    /// missing, extra or swapped letters, if they are at most a third of them; else null.
    /// </summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > LongestKey)
            return null;
        var bare = Bare(given);
        var best = known.Where(key => key.Length <= LongestKey)
            .Select(key => (Key: key, Distance: Distance(bare, Bare(key))))
            .OrderBy(pair => pair.Distance).ThenBy(pair => Distance(given, pair.Key))
            .FirstOrDefault((Key: "", Distance: int.MaxValue));
        return best.Distance <= Math.Max(1, Math.Max(bare.Length, Bare(best.Key).Length) / 3)
            && best.Distance < Math.Max(bare.Length, 1) ? best.Key : null;
    }

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

    private static string Bare(string key) => string.Concat(key.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    /// <summary>Edit distance in which a swap of two neighbours counts once.</summary>
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var change = left[i - 1] == right[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(rows[i - 1, j - 1] + change, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[left.Length, right.Length];
    }
}
