namespace Pupil.Kills;

/// <summary>The files of a job's folder.</summary>
internal static class FolderFiles
{
    /// <summary>All files, relative to the folder.</summary>
    public static IEnumerable<string> In(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);

    /// <summary>Whether a file is a temporary one.</summary>
    public static bool IsTemporary(string file) =>
        file.EndsWith(".tmp", StringComparison.Ordinal) || file.EndsWith(".new", StringComparison.Ordinal);

    /// <summary>
    /// Whether a file is the mark of a lock, which the next process removes. A job that was killed at its very end has no next.
    /// </summary>
    public static bool IsLock(string file) => Path.GetFileName(file) == ".lock";

    /// <summary>Whether a file may go without a loss.</summary>
    public static bool MayGo(string file) => IsTemporary(file) || IsLock(file);
}
