using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>The cause of an error: a set contains broken pictures, which its source may skip.</summary>
internal sealed record BrokenPicturesFound : UserErrorCause;

/// <summary>The messages about pictures that cannot be used.</summary>
internal static class BrokenPictures
{
    // A longer list does not help.
    private const int NamesShown = 5;

    /// <summary>Returns the error for a set with broken pictures.</summary>
    /// <param name="place">The folder, archive or list.</param>
    /// <param name="count">The number of broken pictures.</param>
    /// <param name="total">The number of all pictures.</param>
    /// <param name="first">The first broken pictures.</param>
    public static UserErrorException Refuse(string place, int count, int total, IReadOnlyList<LeftOutFile> first) =>
        new($"{place}: found {count:N0} of {total:N0} pictures that cannot be used: {Shown(count, first)}. "
            + "Mend or remove them, or set data.source.skipBroken to true to leave them out.")
        {
            Cause = new BrokenPicturesFound(),
        };

    /// <summary>Returns the names of the first broken pictures with their reasons.</summary>
    public static string Shown(int count, IReadOnlyList<LeftOutFile> first)
    {
        string shown = string.Join("; ", first.Take(NamesShown).Select(file => $"{SafeTensorsHeader.Show(file.File)} {file.Reason}"));
        return count > NamesShown ? $"{shown}; and {count - NamesShown:N0} more" : shown;
    }
}
