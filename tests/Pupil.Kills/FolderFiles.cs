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
    /// <param name="folder">The job's folder.</param>
    /// <param name="file">The file, relative to it.</param>
    public static bool MayGo(string folder, string file) => IsTemporary(file) || IsLock(file) || IsUnfinishedShard(folder, file);

    // A data set in shards is finished by its index.
    private static bool IsUnfinishedShard(string folder, string file) =>
        Path.GetFileName(file).StartsWith("shard-", StringComparison.Ordinal)
        && !File.Exists(Path.Combine(folder, Path.GetDirectoryName(file)!, "images.safetensors"));
}
