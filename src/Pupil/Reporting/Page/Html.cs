using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Pupil.Reporting.Page;

/// <summary>
/// A piece of HTML. It is made from an interpolated string whose values are escaped; only other pieces are inserted unchanged.
/// </summary>
internal readonly struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>The empty piece.</summary>
    public static Html Empty => default;

    /// <summary>Makes a piece from an interpolated string.</summary>
    public static Html Format(Writer pieces) => new(pieces.ToString());

    /// <summary>Makes a piece from markup that is already safe, such as a drawn chart.</summary>
    public static Html Markup(string markup) => new(markup);

    /// <summary>Concatenates pieces.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces));

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    /// <summary>The handler of interpolated strings, which escapes their values.</summary>
    [InterpolatedStringHandler]
    public readonly struct Writer
    {
        private readonly StringBuilder _text;

        /// <summary>Makes an empty handler.</summary>
        public Writer(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + 16 * formattedCount);

        /// <summary>Appends a literal part of the string unchanged.</summary>
        public void AppendLiteral(string text) => _text.Append(text);

        /// <summary>Appends a piece unchanged.</summary>
        public void AppendFormatted(Html piece) => _text.Append(piece.ToString());

        /// <summary>Appends pieces unchanged.</summary>
        public void AppendFormatted(IEnumerable<Html> pieces) => _text.AppendJoin("", pieces);

        /// <summary>Appends an escaped text.</summary>
        public void AppendFormatted(string? text) => _text.Append(WebUtility.HtmlEncode(text));

        /// <summary>Appends a number in the invariant culture.</summary>
        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            _text.Append(WebUtility.HtmlEncode(value.ToString(format, System.Globalization.CultureInfo.InvariantCulture)));

        /// <inheritdoc/>
        public override string ToString() => _text.ToString();
    }
}
