using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>The cause of an error: a set contains broken pictures, which its source may skip.</summary>
/// <param name="Found">The set and the pictures, as a sentence.</param>
internal sealed record BrokenPicturesFound(string Found) : UserErrorCause;

/// <summary>The cause of an error: pictures of a run have broken since its start, so that it cannot be resumed without them.</summary>
internal sealed record PicturesBrokenSince : UserErrorCause;

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
    public static UserErrorException Refuse(string place, int count, int total, IReadOnlyList<LeftOutFile> first)
    {
        string found = $"{place}: found {count:N0} of {total:N0} pictures that cannot be used: {Shown(count, first)}.";
        return new($"{found} Mend or remove them, or set data.source.skipBroken to true to leave them out.")
        {
            Cause = new BrokenPicturesFound(found),
        };
    }

    /// <summary>Returns the error for a run that is resumed, whose pictures must be those of its start.</summary>
    /// <param name="found">The cause of the refusal.</param>
    public static UserErrorException RefuseToResume(BrokenPicturesFound found) =>
        new($"{found.Found} The run was started with them: restore them as they were, or start a new run.")
        {
            Cause = new PicturesBrokenSince(),
        };

    /// <summary>Returns the names of the first broken pictures with their reasons.</summary>
    public static string Shown(int count, IReadOnlyList<LeftOutFile> first)
    {
        string shown = string.Join("; ", first.Take(NamesShown).Select(file => $"{SafeTensorsHeader.Show(file.File)} {file.Reason}"));
        return count > NamesShown ? $"{shown}; and {count - NamesShown:N0} more" : shown;
    }
}
