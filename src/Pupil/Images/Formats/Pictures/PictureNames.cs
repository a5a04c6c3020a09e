namespace Pupil.Images.Formats.Pictures;

/// <summary>Recognises picture files in a folder or archive by their names.</summary>
internal static class PictureNames
{
    /// <summary>The extensions of readable picture files.</summary>
    public static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    // Unreadable picture files count as pictures, so that they are reported and not ignored.
    private static readonly string[] OtherEndings = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2"];

    /// <summary>Whether a file is a picture by its name, of a readable or another kind, and not hidden.</summary>
    public static bool IsPicture(string name) =>
        Endings.Concat(OtherEndings).Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !IsHidden(name);

    /// <summary>Whether a file or folder is hidden or a system's own, such as <c>.DS_Store</c> and <c>__MACOSX</c>.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name.Contains("/.", StringComparison.Ordinal)
        || $"/{name}/".Contains("/__MACOSX/", StringComparison.Ordinal);
}
