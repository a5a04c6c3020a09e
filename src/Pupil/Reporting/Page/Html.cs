using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Pupil.Reporting.Page;

/// <summary>
/// A piece of a page. Made from an interpolated text whose holes are written as text, whatever characters they hold: only another piece goes in as it is.
/// </summary>
internal readonly struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html Empty => default;

    /// <summary>A piece with its holes filled.</summary>
    public static Html Format(Writer pieces) => new(pieces.ToString());

    /// <summary>Markup that was made by something else that knows how: a drawn chart.</summary>
    public static Html Markup(string markup) => new(markup);

    /// <summary>One piece after the other.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces));

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    /// <summary>Fills the holes.</summary>
    [InterpolatedStringHandler]
    public readonly struct Writer
    {
        private readonly StringBuilder _text;

        /// <summary>Starts.</summary>
        public Writer(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + 16 * formattedCount);

        /// <summary>What stands between the holes.</summary>
        public void AppendLiteral(string text) => _text.Append(text);

        /// <summary>A piece, as it is.</summary>
        public void AppendFormatted(Html piece) => _text.Append(piece.ToString());

        /// <summary>Pieces, as they are.</summary>
        public void AppendFormatted(IEnumerable<Html> pieces) => _text.AppendJoin("", pieces);

        /// <summary>A text, as text.</summary>
        public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(text));

        /// <summary>A number, in the invariant culture.</summary>
        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            _text.Append(WebUtility.HtmlEncode(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture)));

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();
    }
}
