using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>What is said of pictures that cannot be used.</summary>
internal static class BrokenPictures
{
    // A list longer than this helps nobody.
    private const int NamesShown = 5;

    /// <summary>The error for a set that has some.</summary>
    /// <param name="place">The folder, archive or list.</param>
    /// <param name="count">How many cannot be used.</param>
    /// <param name="total">Of how many.</param>
    /// <param name="first">The first of them.</param>
    public static UserErrorException Refuse(string place, int count, int total, IReadOnlyList<LeftOutFile> first) =>
        new($"{place}: found {count:N0} of {total:N0} pictures that cannot be used: {Shown(count, first)}. "
            + "Mend or remove them, or leave them out with --skip-broken.");

    /// <summary>The first of them, with their reasons.</summary>
    public static string Shown(int count, IReadOnlyList<LeftOutFile> first)
    {
        string shown = string.Join("; ", first.Take(NamesShown).Select(file => $"{SafeTensorsHeader.Show(file.File)} {file.Reason}"));
        return count > NamesShown ? $"{shown}; and {count - NamesShown:N0} more" : shown;
    }
}
