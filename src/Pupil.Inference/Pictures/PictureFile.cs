namespace Pupil.Inference.Pictures;

/// <summary>Recognises picture files by the extension of their name; those without an extension, by their first bytes.</summary>
internal static class PictureFile
{
    // First bytes that tell a picture's format.
    private const int HeadBytes = 16;

    /// <summary>The extensions of readable picture files.</summary>
    public static readonly string[] Endings =
        [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".jfif", ".jpe", ".jif", ".dib"];

    private static readonly (string Format, string[] Endings)[] Unread =
    [
        ("TIFF", [".tif", ".tiff"]), ("HEIC", [".heic", ".heif"]), ("AVIF", [".avif"]), ("JPEG XL", [".jxl"]),
        ("JPEG 2000", [".jp2", ".j2k"]), ("camera raw", [".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf"]),
        ("Photoshop", [".psd"]), ("TGA", [".tga"]), ("PPM", [".ppm"]), ("PGM", [".pgm"]),
    ];

    /// <summary>Whether a name has the extension of a readable picture.</summary>
    public static bool HasPictureEnding(string name) => Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a file's name has no extension.</summary>
    /// <param name="name">The name, with or without folders.</param>
    public static bool HasNoEnding(string name) => !Path.GetFileName(name.AsSpan()).Contains('.');

    /// <summary>Returns the first 16 bytes of a file's content, or all of a shorter one.</summary>
    /// <param name="content">The content, from its start.</param>
    public static byte[] HeadOf(Stream content)
    {
        byte[] head = new byte[HeadBytes];
        return head[..content.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false)];
    }

    /// <summary>Whether a file begins like a readable picture: JPEG, PNG, GIF, WebP, BMP.</summary>
    /// <param name="head">The first 16 bytes, or all of a shorter file.</param>
    public static bool IsPicture(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || IsPng(head) || head.StartsWith("GIF8"u8)
        || (head.StartsWith("RIFF"u8) && head.Length >= 12 && head[8..].StartsWith("WEBP"u8)) || IsBmp(head);

    /// <summary>Returns the format of a picture that cannot be read, by the extension of its name; null for any other file.</summary>
    public static string? UnreadFormat(string name)
    {
        string ending = Path.GetExtension(name).ToLowerInvariant();
        return Unread.FirstOrDefault(unread => unread.Endings.Contains(ending)).Format;
    }

    /// <summary>Returns the format of a picture that cannot be read, by its content; null for any other file.</summary>
    /// <param name="head">The first 16 bytes, or all of a shorter file.</param>
    public static string? UnreadFormat(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("II*\0"u8) || head.StartsWith("MM\0*"u8))
            return "TIFF";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || (head.Length >= 8 && head[4..].StartsWith("JXL "u8)))
            return "JPEG XL";
        if (head.Length >= 8 && head[4..].StartsWith("jP  "u8))
            return "JPEG 2000";
        // The brands of a container that films have as well.
        if (head.Length < 12 || !head[4..].StartsWith("ftyp"u8))
            return null;
        var brand = head[8..12];
        return brand.SequenceEqual("avif"u8) ? "AVIF"
            : brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8) || brand.SequenceEqual("mif1"u8) ? "HEIC" : null;
    }

    private static bool IsPng(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);

    // Two letters begin many other files, too: the reserved bytes are 0, and the next header has one of few lengths.
    private static bool IsBmp(ReadOnlySpan<byte> head) => head.Length >= HeadBytes && head.StartsWith("BM"u8)
        && head[6..10].IndexOfAnyExcept((byte)0) < 0 && head[15] == 0
        && head[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124;
}
