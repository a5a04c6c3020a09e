namespace Pupil.Images.Formats.Trees;

/// <summary>The cause of an error: a published data set is not at its path.</summary>
/// <param name="Name">The name of the data set, such as <c>cifar10</c>.</param>
internal sealed record MissingDataSet(string Name) : UserErrorCause;

/// <summary>Finds the files of a published data set near a given path.</summary>
internal static class DataPlace
{
    /// <summary>Returns the folder or archive of a set.</summary>
    /// <param name="path">The folder that contains the marker, the folder above it, or an archive.</param>
    /// <param name="marker">A file or folder that the set's folder always contains.</param>
    /// <param name="folder">The name of the set's folder.</param>
    /// <param name="archive">The name of the set's archive.</param>
    /// <param name="known">The name of the set, such as <c>cifar10</c>.</param>
    /// <exception cref="UserErrorException">The path leads to none of these.</exception>
    public static string Find(string path, string marker, string folder, string archive, string known)
    {
        if (File.Exists(path))
            return path;
        string inside = Path.Combine(path, folder);
        string[] folders = [path, inside], archives = [Path.Combine(path, archive), $"{path}.zip", $"{path}.tar.gz"];
        if (folders.FirstOrDefault(place => Path.Exists(Path.Combine(place, marker))) is { } complete)
            return complete;
        if (archives.FirstOrDefault(File.Exists) is { } packed)
            return packed;
        // An incomplete folder: its reader reports what is missing.
        if (Directory.Exists(inside))
            return inside;
        string what = Directory.Exists(path) ? $"found a folder without {marker}" : "no such folder";
        throw new UserErrorException($"{path}: {what}; expected {folder}/ or {archive}: get the data set {known}, "
            + "and set data.source.path to its place.")
        {
            Cause = new MissingDataSet(known),
        };
    }
}
