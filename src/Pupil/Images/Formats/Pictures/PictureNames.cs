using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Recognises picture files in a folder or archive.</summary>
internal static class PictureNames
{
    // Unreadable picture files count as pictures, so that they are reported and not ignored.
    private static readonly string[] OtherEndings = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2"];

    /// <summary>Whether a file is a picture by its name, of a readable or another kind, and not hidden.</summary>
    public static bool IsPicture(string name) => !IsHidden(name)
        && (PictureFile.HasPictureEnding(name) || OtherEndings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether only the content of a file tells whether it is a picture.</summary>
    public static bool NeedsContent(string name) => PictureFile.HasNoEnding(name) && !IsHidden(name);

    /// <summary>Whether a file is a picture, by its name or, where that has no extension, by its first bytes.</summary>
    public static bool IsPicture(TreeFile file) => NeedsContent(file.Name) ? BeginsLikeOne(file) : IsPicture(file.Name);

    /// <summary>The kind of a file that is no picture: its extension in small letters.</summary>
    public static string KindOf(string name) =>
        PictureFile.HasNoEnding(name) ? "without an extension" : Path.GetExtension(name).ToLowerInvariant();

    /// <summary>Whether a file or folder is hidden or a system's own, such as <c>.DS_Store</c> and <c>__MACOSX</c>.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name.Contains("/.", StringComparison.Ordinal)
        || $"/{name}/".Contains("/__MACOSX/", StringComparison.Ordinal);

    // What cannot be read, such as a pipe, is no picture.
    private static bool BeginsLikeOne(TreeFile file)
    {
        try
        {
            using var content = file.Open();
            return PictureFile.IsPicture(content);
        }
        catch (Exception error) when (error is IOException or UserErrorException)
        {
            return false;
        }
    }
}
