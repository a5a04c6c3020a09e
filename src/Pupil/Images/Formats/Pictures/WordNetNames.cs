namespace Pupil.Images.Formats.Pictures;

/// <summary>The class names of sets whose classes are WordNet synsets, such as ImageNet.</summary>
internal static class WordNetNames
{
    /// <summary>
    /// Returns the first of a class's names, all of them where two classes share the first, or its number without a name.
    /// </summary>
    /// <param name="ids">The classes' WordNet numbers, such as <c>n01440764</c>.</param>
    /// <param name="names">The names of a number, separated by commas.</param>
    public static string[] Of(IReadOnlyList<string> ids, IReadOnlyDictionary<string, string> names)
    {
        string[] all = [.. ids.Select(id => names.TryGetValue(id, out string? known) ? known : id)];
        string[] first = [.. all.Select(known => known.Split(',')[0])];
        var shared = first.CountBy(name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. ids.Select((id, i) => shared[first[i]] == 1 ? first[i] : $"{all[i]} ({id})")];
    }
}
