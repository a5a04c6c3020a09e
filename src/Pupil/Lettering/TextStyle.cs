using SkiaSharp;

namespace Pupil.Lettering;

/// <summary>Draws and measures lines of text in one size and colour.</summary>
/// <param name="shaper">Shapes the glyphs.</param>
/// <param name="size">The font's size, in pixels.</param>
/// <param name="colour">The colour.</param>
internal sealed class TextStyle(TextShaper shaper, float size, SKColor colour)
{
    private const string Ellipsis = "…";

    /// <summary>The distance from one line to the next, in pixels.</summary>
    public int LineHeight { get; } = (int)Math.Round(size * 1.35);

    /// <summary>Returns the width of a line, in pixels.</summary>
    public float Width(string line) => Width(WrittenText.Characters(line));

    /// <summary>Breaks a text into lines of at most a width, after words if possible; a last line that is too long ends in ….</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">The greatest width, in pixels.</param>
    /// <param name="most">The greatest number of lines, at least 1.</param>
    public List<string> Break(string text, float width, int most)
    {
        var rest = WrittenText.Characters(text);
        var lines = new List<string>();
        while (rest.Count > 0)
        {
            int fits = Fitting(rest, width, end: []);
            if (fits == rest.Count)
                return [.. lines, string.Concat(rest)];
            if (lines.Count == most - 1)
                return [.. lines, string.Concat(rest.Take(Fitting(rest, width, [Ellipsis]))).TrimEnd() + Ellipsis];
            int at = fits;
            while (at > 0 && !(rest[at] == " " || rest[at - 1] is " " or "_" or "-" or "/" or ","))
                at--;
            if (at == 0)
                at = Math.Max(fits, 1);
            lines.Add(string.Concat(rest.Take(at)).TrimEnd());
            rest.RemoveRange(0, at < rest.Count && rest[at] == " " ? at + 1 : at);
        }
        return lines;
    }

    /// <summary>Draws a line.</summary>
    /// <param name="canvas">The canvas.</param>
    /// <param name="line">The text.</param>
    /// <param name="left">The left end, in pixels.</param>
    /// <param name="top">The upper end of the line's space of <see cref="LineHeight"/>, in pixels.</param>
    public void Draw(SKCanvas canvas, string line, float left, float top)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        using var glyphs = new SKTextBlobBuilder();
        foreach (var run in shaper.Shape(WrittenText.Characters(line), size))
        {
            using SKFont font = TextShaper.Font(run.Face, size);
            glyphs.AddPositionedRun(run.Glyphs, font, run.Places);
        }
        using var all = glyphs.Build();
        if (all is not null)
            canvas.DrawText(all, left, (float)Math.Round(top + size * 1.02), paint);
    }

    private float Width(IReadOnlyList<string> characters) => shaper.Shape(characters, size) is [.., var last] ? last.Right : 0;

    // Returns the number of characters that fit together with the end.
    private int Fitting(List<string> characters, float width, string[] end)
    {
        int low = 0, high = characters.Count;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = Width([.. characters.Take(middle), .. end]) <= width ? (middle, high) : (low, middle - 1);
        }
        return low;
    }
}
