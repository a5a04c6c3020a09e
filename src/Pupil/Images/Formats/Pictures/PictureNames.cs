using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Recognises picture files in a folder or archive.</summary>
internal static class PictureNames
{
    /// <summary>Whether a file is a picture by its name, readable or not, and not hidden.</summary>
    public static bool IsPicture(string name) =>
        !IsHidden(name) && (PictureFile.HasPictureEnding(name) || PictureFile.UnreadFormat(name) is not null);

    /// <summary>Whether only the content of a file tells whether it is a picture.</summary>
    public static bool NeedsContent(string name) => PictureFile.HasNoEnding(name) && !IsHidden(name);

    /// <summary>Whether a file is a readable picture, else its format if that is known and cannot be read.</summary>
    /// <remarks>By its name or, where that has no extension, by its first bytes.</remarks>
    public static (bool IsPicture, string? Unread) Judge(TreeFile file)
    {
        if (!NeedsContent(file.Name))
            return (PictureFile.HasPictureEnding(file.Name), PictureFile.UnreadFormat(file.Name));
        byte[] head = HeadOf(file);
        return (PictureFile.IsPicture(head), PictureFile.UnreadFormat(head));
    }

    /// <summary>The kind of a file that is no picture: its extension in small letters.</summary>
    public static string KindOf(string name) =>
        PictureFile.HasNoEnding(name) ? "without an extension" : Path.GetExtension(name).ToLowerInvariant();

    /// <summary>Whether a file or folder is hidden or a system's own, such as <c>.DS_Store</c> and <c>__MACOSX</c>.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name.Contains("/.", StringComparison.Ordinal)
        || $"/{name}/".Contains("/__MACOSX/", StringComparison.Ordinal);

    // What cannot be read, such as a pipe, is no picture.
    private static byte[] HeadOf(TreeFile file)
    {
        try
        {
            using var content = file.Open();
            return PictureFile.HeadOf(content);
        }
        catch (Exception error) when (error is IOException or UserErrorException)
        {
            return [];
        }
    }
}
