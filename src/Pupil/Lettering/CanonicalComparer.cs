using System.Text;
using HarfBuzzSharp;

namespace Pupil.Lettering;

/// <summary>
/// Compares texts by their canonical decomposition (Unicode Standard Annex #15, NFD), so that "é" as one character equals "é" as a letter
/// and an accent. File systems and archives keep either spelling. The characters' data are HarfBuzz's: .NET has none in invariant mode.
/// </summary>
internal sealed class CanonicalComparer : IEqualityComparer<string>
{
    private static readonly UnicodeFunctions Characters = UnicodeFunctions.Default;

    private CanonicalComparer()
    {
    }

    /// <summary>The only instance.</summary>
    public static CanonicalComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(string? one, string? other) =>
        string.Equals(one, other, StringComparison.Ordinal)
        || (one is not null && other is not null && string.Equals(Decompose(one), Decompose(other), StringComparison.Ordinal));

    /// <inheritdoc/>
    public int GetHashCode(string text) => Decompose(text).GetHashCode(StringComparison.Ordinal);

    /// <summary>Returns the canonical decomposition of a text.</summary>
    public static string Decompose(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var characters = new List<(uint Character, int Class)>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Append((uint)rune.Value, characters);
        var decomposed = new StringBuilder(characters.Count);
        for (int start = 0; start < characters.Count;)
        {
            // Marks behind a letter are put in the order of their classes; those of one class keep their order.
            int end = start + 1;
            while (end < characters.Count && characters[end].Class != 0)
                end++;
            int marks = characters[start].Class == 0 ? start + 1 : start;
            var ordered = characters[marks..end].OrderBy(mark => mark.Class);
            foreach (var (character, _) in characters[start..marks].Concat(ordered))
                decomposed.Append(new Rune(character).ToString());
            start = end;
        }
        return decomposed.ToString();
    }

    private static void Append(uint character, List<(uint, int)> characters)
    {
        if (Characters.TryDecompose(character, out uint first, out uint second))
        {
            Append(first, characters);
            if (second != 0)
                Append(second, characters);
            return;
        }
        characters.Add((character, (int)Characters.GetCombiningClass(character)));
    }
}
