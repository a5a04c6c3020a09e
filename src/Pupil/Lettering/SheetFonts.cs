using System.Text;
using SkiaSharp;

namespace Pupil.Lettering;

/// <summary>
/// Finds a font for each character: DejaVu Sans, which is embedded because a minimal system has no fonts; else a font of the system.
/// A character without a font becomes □.
/// </summary>
internal sealed class SheetFonts
{
    private const string Missing = "□";

    // Typefaces may be used from many threads.
    private static readonly Lazy<SKTypeface> Own = new(Load);

    // A Skia without fontconfig lists the system's fonts but does not match characters with them.
    private static readonly Lazy<List<SKTypeface>> Listed = new(List);

    private readonly Dictionary<string, (SKTypeface Face, string Shown)> _found = new(StringComparer.Ordinal);

    /// <summary>Returns the font of a character, and the text to draw for it.</summary>
    /// <param name="character">One character with its accents.</param>
    public (SKTypeface Face, string Shown) FontOf(string character)
    {
        if (!_found.TryGetValue(character, out var found))
            _found.Add(character, found = Find(character));
        return found;
    }

    private static (SKTypeface, string) Find(string character)
    {
        if (Has(Own.Value, character))
            return (Own.Value, character);
        Rune first = Rune.GetRuneAt(character, 0);
        if (SKFontManager.Default.MatchCharacter(first.Value) is { } matched && Has(matched, character))
            return (matched, character);
        if (Listed.Value.Find(face => Has(face, character)) is { } listed)
            return (listed, character);
        // A character without its accents is better than □.
        return Has(Own.Value, first.ToString()) ? (Own.Value, first.ToString()) : (Own.Value, Missing);
    }

    private static bool Has(SKTypeface face, string text) =>
        text.EnumerateRunes().All(rune => WrittenText.IsJoiner(rune) || face.GetGlyph(rune.Value) != 0);

    private static List<SKTypeface> List() =>
    [
        .. SKFontManager.Default.FontFamilies.Order(StringComparer.Ordinal).Select(SKFontManager.Default.MatchFamily).OfType<SKTypeface>(),
    ];

    /// <summary>Loads the embedded typeface, which the caller disposes.</summary>
    internal static SKTypeface Load()
    {
        using Stream file = typeof(SheetFonts).Assembly.GetManifestResourceStream("fonts/DejaVuSans.ttf")!;
        using SKData data = SKData.Create(file);
        return SKTypeface.FromData(data);
    }
}
