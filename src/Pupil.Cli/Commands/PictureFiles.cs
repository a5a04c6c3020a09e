using Pupil.Inference.Pictures;

namespace Pupil.Cli.Commands;

/// <summary>Finds the pictures that are named on the command line, one by one or by their folder.</summary>
internal static class PictureFiles
{
    /// <summary>Returns the error for folders without a picture.</summary>
    /// <param name="place">The folders, for the message.</param>
    public static UserErrorException Missing(string place) => new($"There is no picture in {place}; expected files ending in "
        + $"{string.Join(", ", PictureFile.Endings)}, or files without an extension that are pictures by their content.");

    /// <summary>Returns a picture by its name, or all pictures of a folder and its subfolders in ordinal order.</summary>
    /// <param name="place">The file or the folder.</param>
    /// <exception cref="UserErrorException">The folder cannot be read.</exception>
    public static IEnumerable<string> At(string place)
    {
        if (!Directory.Exists(place))
            return [place];
        try
        {
            // .NET replaces other bytes in names, and would pass over the folder without a word.
            string? unread = Directory.EnumerateDirectories(place, "*", SearchOption.AllDirectories)
                .FirstOrDefault(folder => folder.Contains('\ufffd') && !Directory.Exists(folder));
            if (unread is not null)
                throw new UserErrorException($"{unread}: the name of a folder is not UTF-8, expected names in UTF-8; rename it.");
            return [.. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)
                .Where(IsPicture)
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{place}: a folder in it cannot be read ({failure.Message}); expected permission to read all "
                + "of it, and names in UTF-8.", failure);
        }
    }

    // A picture in a format that cannot be read is one, too: it is named as broken. A pipe or a device without an extension is left alone,
    // and so is what may not be read.
    private static bool IsPicture(string file)
    {
        if (!PictureFile.HasNoEnding(file))
            return PictureFile.HasPictureEnding(file) || PictureFile.UnreadFormat(file) is not null;
        try
        {
            using var content = RegularFile.OpenRead(file, buffer: 0);
            byte[] head = PictureFile.HeadOf(content);
            return PictureFile.IsPicture(head) || PictureFile.UnreadFormat(head) is not null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return false;
        }
    }
}
