using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace Pupil.Cli.Display;

/// <summary>
/// Escapes characters that control a terminal. A name from a file could otherwise move the cursor, rename the window, or forge lines.
/// </summary>
internal static class TerminalText
{
    /// <summary>Escapes controls and marks of the writing direction as <c>\u001b</c>, which is valid in JSON, too.</summary>
    /// <param name="text">The text.</param>
    /// <param name="keepsLines">Whether line breaks and tabs stay; otherwise the result is one line.</param>
    public static string Escape(string text, bool keepsLines = false)
    {
        if (!text.Any(letter => Controls(letter, keepsLines)))
            return text;
        var plain = new StringBuilder(text.Length + 16);
        foreach (char letter in text)
        {
            if (Controls(letter, keepsLines))
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                plain.Append(letter);
        }
        return plain.ToString();
    }

    /// <summary>Returns a renderable whose texts are escaped; its colours and borders stay.</summary>
    public static IRenderable Escape(IRenderable content) => new Escaped(content);

    private static bool Controls(char letter, bool keepsLines) => letter switch
    {
        '\n' or '\t' => !keepsLines,
        // Marks, embeddings, overrides and isolates of the writing direction, and Unicode's line and paragraph separators.
        '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true,
        _ => char.IsControl(letter),
    };

    /// <summary>Escapes all that is written to a console at once.</summary>
    public sealed class Hook : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) => renderables.Select(Escape);
    }

    private sealed class Escaped(IRenderable content) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => content.Render(options, maxWidth).Select(segment =>
            segment.IsControlCode || segment.IsLineBreak ? segment : new Segment(Escape(segment.Text, keepsLines: true), segment.Style));
    }
}
