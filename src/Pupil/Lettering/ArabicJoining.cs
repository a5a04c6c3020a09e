namespace Pupil.Lettering;

/// <summary>
/// Gives Arabic and Persian letters the form that joins them to their neighbours, from Unicode's presentation forms: drawn one by one,
/// as they are stored, they would stand apart.
/// </summary>
internal static class ArabicJoining
{
    private const char Lam = '\u0644', Tatweel = '\u0640';

    // From each letter to its isolated form, after which final, initial and medial follow where the letter has them.
    private static readonly Dictionary<char, (char First, int Forms)> Letters = Table();

    // The alefs that melt with a lam before them, to the isolated form of both; the final form follows.
    private static readonly Dictionary<char, char> LamAlef =
        new() { ['\u0622'] = '\uFEF5', ['\u0623'] = '\uFEF7', ['\u0625'] = '\uFEF9', ['\u0627'] = '\uFEFB' };

    /// <summary>Joins the letters.</summary>
    /// <param name="characters">In the order of reading, each with its marks.</param>
    public static List<string> Join(IReadOnlyList<string> characters)
    {
        var joined = new List<string>(characters.Count);
        bool open = false; // whether the letter before reaches out to this one
        for (int i = 0; i < characters.Count; i++)
        {
            var (letter, marks) = (characters[i][0], characters[i][1..]);
            char next = i + 1 < characters.Count ? characters[i + 1][0] : ' ';
            if (letter == Lam && LamAlef.TryGetValue(next, out char both))
            {
                joined.Add($"{(char)(both + (open ? 1 : 0))}{marks}{characters[++i][1..]}");
                open = false;
            }
            else if (Letters.TryGetValue(letter, out var entry))
            {
                bool before = open && entry.Forms > 1;
                open = entry.Forms == 4 && (next == Tatweel || Letters.TryGetValue(next, out var follower) && follower.Forms > 1);
                joined.Add($"{(char)(entry.First + (before ? 1 : 0) + (open ? 2 : 0))}{marks}");
            }
            else
            {
                joined.Add(characters[i]);
                open = letter == Tatweel;
            }
        }
        return joined;
    }

    private static Dictionary<char, (char, int)> Table()
    {
        var table = new Dictionary<char, (char, int)>
        {
            ['\u067E'] = ('\uFB56', 4), ['\u0686'] = ('\uFB7A', 4), ['\u0698'] = ('\uFB8A', 2),
            ['\u06A9'] = ('\uFB8E', 4), ['\u06AF'] = ('\uFB92', 4), ['\u06CC'] = ('\uFBFC', 4),
        };
        // The block U+FE80… holds the forms of U+0621…063A and U+0641…064A one after the other: as many as each letter has.
        char form = '\uFE80';
        foreach (var (start, counts) in new[] { ('\u0621', "12222424244444222244444444"), ('\u0641', "4444444224") })
        {
            for (int i = 0; i < counts.Length; i++)
            {
                table.Add((char)(start + i), (form, counts[i] - '0'));
                form += (char)(counts[i] - '0');
            }
        }
        return table;
    }
}
