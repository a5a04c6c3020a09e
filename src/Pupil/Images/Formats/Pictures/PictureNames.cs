namespace Pupil.Images.Formats.Pictures;

/// <summary>Which files of a folder or archive are pictures, by their names.</summary>
internal static class PictureNames
{
    /// <summary>The endings of picture files that can be read.</summary>
    public static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    // Not in silence: whoever has these among others learns that they cannot be used.
    private static readonly string[] OtherEndings = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2"];

    /// <summary>Whether a file is a picture by its name (also of a kind that cannot be read), and none that a system or program hid there.</summary>
    public static bool IsPicture(string name) =>
        Endings.Concat(OtherEndings).Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !IsHidden(name);

    /// <summary>Whether a file or folder was put there by a system or program.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name.Contains("/.", StringComparison.Ordinal)
        || $"/{name}/".Contains("/__MACOSX/", StringComparison.Ordinal);
}
