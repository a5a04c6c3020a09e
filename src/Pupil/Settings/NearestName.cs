namespace Pupil.Settings;

/// <summary>Finds the known name that is nearest to a mistyped one.</summary>
internal static class NearestName
{
    private const int LongestName = 64;

    /// <summary>Returns a question for the end of a message, " Did you mean 'x'?"; empty without a name near enough.</summary>
    public static string Hint(string given, IEnumerable<string> known) =>
        Find(given, known) is { } near ? $" Did you mean '{near}'?" : "";

    /// <summary>
    /// Returns the known name that differs only in case or separators. Without one, returns the name with the fewest changed,
    /// missing, extra or swapped letters. Returns null if these are more than a third of the letters.
    /// </summary>
    public static string? Find(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > LongestName)
            return null;
        var bare = Bare(given);
        var best = known.Where(name => name.Length <= LongestName)
            .Select(name => (Name: name, Distance: Distance(bare, Bare(name))))
            .OrderBy(pair => pair.Distance).ThenBy(pair => Distance(given, pair.Name))
            .FirstOrDefault((Name: "", Distance: int.MaxValue));
        return best.Distance <= Math.Max(1, Math.Max(bare.Length, Bare(best.Name).Length) / 3)
            && best.Distance < Math.Max(bare.Length, 1) ? best.Name : null;
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    /// <summary>Computes the edit distance in which a swap of two neighbours counts once.</summary>
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
