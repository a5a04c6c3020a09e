using System.Text;

namespace Pupil.Settings;

/// <summary>A text in UTF-8 with its name in messages.</summary>
internal sealed class SourceText
{
    /// <summary>The longest text in bytes: far above any recipe, low enough that a wrong file does not fill the memory.</summary>
    public const int MaximumBytes = 1024 * 1024;

    private SourceText(string name, byte[] utf8) => (Name, Utf8) = (name, utf8);

    public string Name { get; }

    public byte[] Utf8 { get; }

    /// <summary>Encodes a text, without its byte order mark.</summary>
    /// <exception cref="UserErrorException">The text is too long or contains half of a surrogate pair.</exception>
    public static SourceText FromText(string name, string text)
    {
        if (text.Length > MaximumBytes)
            throw new UserErrorException(
                $"{name}: found {text.Length:N0} characters, expected a recipe of at most {MaximumBytes:N0}.");
        if (text is ['\uFEFF', ..])
            text = text[1..];
        var source = new SourceText(name, Encoding.UTF8.GetBytes(text));
        if (HalfCharacter(text) is not { } half)
            return source;
        var origin = new Origin(source, Encoding.UTF8.GetByteCount(text.AsSpan(0, half)), null);
        throw new UserErrorException($"{origin}: {Wording.HalfCharacter()}");
    }

    /// <summary>Returns the index of the first lone half of a surrogate pair, which UTF-8 cannot encode; null if there is none.</summary>
    public static int? HalfCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i;
            i++;
        }
        return null;
    }

    /// <summary>Returns line and column, both from 1, of a byte; columns count UTF-16 units, as most editors do.</summary>
    public (int Line, int Column) Locate(int offset)
    {
        var before = Utf8.AsSpan(0, Math.Clamp(offset, 0, Utf8.Length));
        var start = before.LastIndexOf((byte)'\n') + 1;
        return (before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[start..]) + 1);
    }

    /// <summary>Returns the offset of a position that System.Text.Json reports: line and byte in the line, both from 0.</summary>
    public int OffsetOf(long line, long byteInLine)
    {
        var start = 0;
        for (var skipped = 0L; skipped < line; skipped++)
        {
            var next = Utf8.AsSpan(start).IndexOf((byte)'\n');
            if (next < 0)
                break;
            start += next + 1;
        }
        return (int)Math.Min(start + byteInLine, Utf8.Length);
    }
}
