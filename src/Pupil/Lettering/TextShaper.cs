using HarfBuzzSharp;
using SkiaSharp;
using SkiaSharp.HarfBuzz;
using Buffer = HarfBuzzSharp.Buffer;

namespace Pupil.Lettering;

/// <summary>Glyphs of one font, placed.</summary>
/// <param name="Face">The font.</param>
/// <param name="Glyphs">Their numbers in the font, from left to right.</param>
/// <param name="Places">Where each lies, in pixels from the left end of the line's base.</param>
/// <param name="Right">Where the next run begins, in pixels.</param>
internal sealed record GlyphRun(SKTypeface Face, ushort[] Glyphs, SKPoint[] Places, float Right);

/// <summary>
/// Turns lines of any script into glyphs. HarfBuzz forms and places them within a run; what it leaves to its caller is done here and in
/// <see cref="WritingOrder"/> and <see cref="SheetFonts"/>: the runs of one font, script and direction, their order, and the fonts.
/// </summary>
/// <param name="fonts">Where the fonts come from.</param>
internal sealed class TextShaper(SheetFonts fonts)
{
    private readonly Dictionary<SKTypeface, SKShaper> _shapers = [];

    /// <summary>A line's glyphs, run by run from left to right.</summary>
    /// <param name="characters">The line: characters in the order of reading, each with its accents.</param>
    /// <param name="size">The font's size, in pixels.</param>
    public IReadOnlyList<GlyphRun> Shape(IReadOnlyList<string> characters, float size)
    {
        var runs = new List<GlyphRun>();
        float left = 0;
        foreach (var run in WritingOrder.FromLeft(Runs(characters), run => run.Level))
        {
            runs.Add(Shape(run, left, size));
            left = runs[^1].Right;
        }
        return runs;
    }

    /// <summary>A font in a size, as glyphs are drawn with it; the caller disposes it.</summary>
    public static SKFont Font(SKTypeface face, float size) =>
        new(face, size) { Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.Slight };

    private GlyphRun Shape(TextRun run, float left, float size)
    {
        if (!_shapers.TryGetValue(run.Face, out var shaper))
            _shapers.Add(run.Face, shaper = new SKShaper(run.Face));
        using var buffer = new Buffer();
        buffer.AddUtf16(run.Text);
        // All that HarfBuzz would guess, the language from the machine's settings: a sheet is the same everywhere.
        (buffer.Direction, buffer.Script) = (run.Level % 2 == 0 ? Direction.LeftToRight : Direction.RightToLeft, run.Script);
        using SKFont font = Font(run.Face, size);
        var shaped = shaper.Shape(buffer, left, 0, font);
        return new(run.Face, [.. shaped.Codepoints.Select(glyph => (ushort)glyph)], shaped.Points, left + shaped.Width);
    }

    private List<TextRun> Runs(IReadOnlyList<string> characters)
    {
        int[] levels = WritingOrder.Levels(characters);
        Script[] scripts = Scripts(characters);
        var runs = new List<TextRun>();
        for (int i = 0; i < characters.Count; i++)
        {
            var (face, shown) = fonts.For(characters[i]);
            var run = new TextRun(face, scripts[i], levels[i], shown);
            if (runs.Count > 0 && runs[^1] with { Text = shown } == run)
                runs[^1] = run with { Text = runs[^1].Text + shown };
            else
                runs.Add(run);
        }
        return runs;
    }

    // Spaces, digits and signs belong to the script before them, at the start to the first there is.
    private static Script[] Scripts(IReadOnlyList<string> characters)
    {
        Script[] scripts = [.. characters.Select(character => UnicodeFunctions.Default.GetScript((uint)char.ConvertToUtf32(character, 0)))];
        var last = scripts.FirstOrDefault(IsOwn, Script.Common);
        for (int i = 0; i < scripts.Length; i++)
            scripts[i] = last = IsOwn(scripts[i]) ? scripts[i] : last;
        return scripts;

        static bool IsOwn(Script script) => script != Script.Common && script != Script.Inherited && script != Script.Unknown;
    }

    private sealed record TextRun(SKTypeface Face, Script Script, int Level, string Text);
}
