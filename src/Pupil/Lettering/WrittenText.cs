using System.Globalization;
using System.Text;

namespace Pupil.Lettering;

/// <summary>Splits text of any origin into drawable characters.</summary>
internal static class WrittenText
{
    // No line of a sheet has more characters, but names in files may be of any length.
    private const int Longest = 1000;

    /// <summary>
    /// Returns the characters, each with its accents and joiners. Line ends and control characters become single spaces. Characters that
    /// control the direction or select variants are removed, because they have no effect here. Unpaired surrogates become U+FFFD.
    /// </summary>
    public static List<string> Characters(string text)
    {
        var clean = new StringBuilder();
        foreach (Rune rune in (text.Length > Longest ? text[..Longest] : text).EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                    clean.Append(' ');
            }
            else if (IsJoiner(rune) ? clean.Length > 0 && clean[^1] != ' '
                : Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format && rune.Value is < 0xFE00 or > 0xFE0F)
            {
                clean.Append(rune);
            }
        }
        var characters = new List<string>();
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(clean.ToString().TrimEnd());
        while (elements.MoveNext())
            characters.Add(elements.GetTextElement());
        return characters;
    }

    /// <summary>Whether a character joins or separates its neighbours: it has no glyph, but changes theirs.</summary>
    public static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;
}
