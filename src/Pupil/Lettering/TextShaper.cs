using HarfBuzzSharp;
using SkiaSharp;
using SkiaSharp.HarfBuzz;
using Buffer = HarfBuzzSharp.Buffer;

namespace Pupil.Lettering;

/// <summary>Placed glyphs of one font.</summary>
/// <param name="Face">The font.</param>
/// <param name="Glyphs">The glyphs' indices in the font, from left to right.</param>
/// <param name="Places">The positions, in pixels from the left end of the line's baseline.</param>
/// <param name="Right">The start of the next run, in pixels.</param>
internal sealed record GlyphRun(SKTypeface Face, ushort[] Glyphs, SKPoint[] Places, float Right);

/// <summary>
/// Shapes lines of any script into glyphs. HarfBuzz shapes a run of one font, script and direction. This class, <see cref="WritingOrder"/>
/// and <see cref="SheetFonts"/> find the runs, their order and their fonts.
/// </summary>
/// <param name="fonts">The fonts.</param>
internal sealed class TextShaper(SheetFonts fonts)
{
    private readonly Dictionary<SKTypeface, SKShaper> _shapers = [];

    /// <summary>Returns a line's glyphs, run by run from left to right.</summary>
    /// <param name="characters">The characters in reading order, each with its accents.</param>
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

    /// <summary>Returns a font in a size, for drawing glyphs; the caller disposes it.</summary>
    public static SKFont Font(SKTypeface face, float size) =>
        new(face, size) { Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.Slight };

    private GlyphRun Shape(TextRun run, float left, float size)
    {
        if (!_shapers.TryGetValue(run.Face, out var shaper))
            _shapers.Add(run.Face, shaper = new SKShaper(run.Face));
        using var buffer = new Buffer();
        buffer.AddUtf16(run.Text);
        // HarfBuzz would guess these from the text, and the language from the environment; sheets are the same on all machines.
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
            var (face, shown) = fonts.FontOf(characters[i]);
            var run = new TextRun(face, scripts[i], levels[i], shown);
            if (runs.Count > 0 && runs[^1] with { Text = shown } == run)
                runs[^1] = run with { Text = runs[^1].Text + shown };
            else
                runs.Add(run);
        }
        return runs;
    }

    // Spaces, digits and punctuation get the script before them, and at the start the first script.
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
