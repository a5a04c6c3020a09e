namespace Pupil.Images.Formats.Trees;

/// <summary>Where the files of a known data set lie, when a user gives a path that is near them.</summary>
internal static class DataPlace
{
    /// <summary>The folder or archive that holds a set.</summary>
    /// <param name="path">A folder that holds the marker, the folder above, or an archive.</param>
    /// <param name="marker">A file or folder that the set's folder always has.</param>
    /// <param name="folder">What the set's folder is called.</param>
    /// <param name="archive">What the set's archive is called.</param>
    /// <param name="known">The name under which <c>pupil data get</c> knows the set.</param>
    /// <exception cref="UserErrorException">None of these is there.</exception>
    public static string Find(string path, string marker, string folder, string archive, string known)
    {
        if (File.Exists(path))
            return path;
        string inside = Path.Combine(path, folder);
        string? found = new[] { path, inside }.FirstOrDefault(place => Path.Exists(Path.Combine(place, marker)))
            ?? new[] { Path.Combine(path, archive), $"{path}.zip", $"{path}.tar.gz" }.FirstOrDefault(File.Exists)
            // An incomplete folder: whoever reads it says what is missing.
            ?? (Directory.Exists(inside) ? inside : null);
        if (found is not null)
            return found;
        string what = Directory.Exists(path) ? $"found a folder without {marker}" : "no such folder";
        throw new UserErrorException($"{path}: {what}; expected {folder}/ or {archive}: get it with 'pupil data get {known} --to FOLDER', "
            + "then give its place with --data FOLDER.");
    }
}
