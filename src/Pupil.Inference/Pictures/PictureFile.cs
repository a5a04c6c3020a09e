namespace Pupil.Inference.Pictures;

/// <summary>Recognises picture files by the extension of their name; those without an extension, by their first bytes.</summary>
internal static class PictureFile
{
    // First bytes that tell a picture's format.
    private const int HeadBytes = 16;

    /// <summary>The extensions of readable picture files.</summary>
    public static readonly string[] Endings =
        [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".jfif", ".jpe", ".jif", ".dib"];

    /// <summary>Whether a name has the extension of a readable picture.</summary>
    public static bool HasPictureEnding(string name) => Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a file's name has no extension.</summary>
    /// <param name="name">The name, with or without folders.</param>
    public static bool HasNoEnding(string name) => !Path.GetFileName(name.AsSpan()).Contains('.');

    /// <summary>Whether a file's content begins like a picture.</summary>
    /// <param name="content">The content, from its start; a few bytes of it are read.</param>
    public static bool IsPicture(Stream content)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        return IsPicture(head[..content.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false)]);
    }

    /// <summary>Whether a file begins like a picture: JPEG, PNG, GIF, WebP, BMP, or TIFF, HEIC, AVIF, JPEG XL, JPEG 2000.</summary>
    /// <param name="head">The first 16 bytes, or all of a shorter file.</param>
    public static bool IsPicture(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || IsPng(head) || head.StartsWith("GIF8"u8)
        || (head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..].StartsWith("WEBP"u8)) || IsBmp(head)
        || head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8)
        || (head.Length >= 12 && head[4..].StartsWith("ftyp"u8) && IsStill(head[8..12]))
        || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || (head.Length >= 8 && head[4..].StartsWith("JXL "u8))
        || (head.Length >= 8 && head[4..].StartsWith("jP  "u8));

    private static bool IsPng(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    // Two letters begin many other files, too: the reserved bytes are 0, and the next header has one of few lengths.
    private static bool IsBmp(ReadOnlySpan<byte> head) => head.Length >= HeadBytes && head.StartsWith("BM"u8)
        && head[6..10].IndexOfAnyExcept((byte)0) < 0 && head[15] == 0
        && head[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124;

    // The brands of HEIF's container, which films have as well.
    private static bool IsStill(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("avif"u8);
}
