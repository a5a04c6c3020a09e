using System.Globalization;
using System.Text;

namespace Pupil.Lettering;

/// <summary>Text of any origin, as what can be drawn: characters as a reader counts them.</summary>
internal static class WrittenText
{
    // No line of a sheet holds more; names in files may be of any length.
    private const int Longest = 1000;

    /// <summary>
    /// The characters, each with its accents and joiners. Line ends and control characters become single spaces; what steers the writing
    /// direction and chooses variants is left out, since nothing here obeys it; half a surrogate pair becomes U+FFFD.
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

    /// <summary>Whether it joins its neighbours, or keeps them apart: no glyph of its own, but the form of theirs.</summary>
    public static bool IsJoiner(Rune rune) => rune.Value is 0x200C or 0x200D;
}
