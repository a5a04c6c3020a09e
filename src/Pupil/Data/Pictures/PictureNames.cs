namespace Pupil.Data.Pictures;

/// <summary>Which files of a folder or archive are pictures, by their names.</summary>
internal static class PictureNames
{
    /// <summary>The endings of picture files.</summary>
    public static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <summary>Whether a file is a picture by its name, and none that a system or program hid there.</summary>
    public static bool IsPicture(string name) =>
        Endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        && !name.StartsWith('.') && !name.Contains("/.", StringComparison.Ordinal) && !$"/{name}".Contains("/__MACOSX/", StringComparison.Ordinal);
}
