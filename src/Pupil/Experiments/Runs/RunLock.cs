namespace Pupil.Experiments.Runs;

/// <summary>
/// The lock of a folder against other processes, held until disposed. On a network's file system it comes with a claim
/// (<see cref="FolderClaim"/>), since a file's lock may not reach other machines there. A folder that was made for the lock and is still
/// empty goes with it.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly string _folder;
    private readonly bool _isFolderNew;
    private readonly FileStream _stream;
    private readonly FolderClaim? _claim;

    private RunLock(string folder, bool isFolderNew, FileStream stream, FolderClaim? claim) =>
        (_folder, _isFolderNew, _stream, _claim) = (folder, isFolderNew, stream, claim);

    private const int MostTries = 100;

    /// <summary>The name of the lock's file.</summary>
    public const string FileName = ".lock";

    /// <summary>Whether a file's name is that of the lock or of a claim.</summary>
    public static bool IsPart(string name) => name == FileName || FolderClaim.IsName(name);

    /// <summary>Locks a folder, which is created if it is missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The lock; null if it is held already.</returns>
    public static RunLock? TryTake(string folder)
    {
        string file = Path.Combine(folder, FileName);
        bool isFolderNew = false;
        for (int tries = 1; ; tries++)
        {
            FileStream stream;
            try
            {
                isFolderNew |= !Directory.Exists(folder);
                Directory.CreateDirectory(folder);
                var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
                stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, options);
            }
            catch (IOException) when (File.Exists(file))
            {
                return null;
            }
            catch (IOException) when (tries < MostTries)
            {
                // Its last holder removed the file, or the folder, just now. Others may keep step with this thread and do so every time:
                // pauses of random length end that.
                Thread.Sleep(Random.Shared.Next(tries / 10 + 1));
                continue;
            }
            if (OperatingSystem.IsWindows() || IsStillThere(file, stream))
            {
                var claim = FolderClaim.IsNeeded(folder) ? FolderClaim.TryTake(folder, ClaimTimes.Usual) : null;
                if (claim is not null || !FolderClaim.IsNeeded(folder))
                    return new RunLock(folder, isFolderNew, stream, claim);
                stream.Dispose();
                return null;
            }
            stream.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (OperatingSystem.IsWindows())
            _stream.Dispose();
        try
        {
            _claim?.Dispose();
            File.Delete(Path.Combine(_folder, FileName));
            if (_isFolderNew && Directory.Exists(_folder) && !Directory.EnumerateFileSystemEntries(_folder).Any())
                Directory.Delete(_folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The lock ends with the stream; another process has come, or the folder may no longer be written to.
        }
        finally
        {
            _stream.Dispose();
        }
    }

    // Elsewhere than on Windows, a file may be removed between its opening and its locking. A lock on a removed file excludes nobody. The
    // locked file gets a time of its own, in whole seconds that any file system keeps: opening it again would ask for the lock.
    private static bool IsStillThere(string file, FileStream stream)
    {
        var mark = DateTime.UnixEpoch.AddSeconds(2 * Random.Shared.Next(400_000_000, 800_000_000));
        File.SetLastWriteTimeUtc(stream.SafeFileHandle, mark);
        return File.GetLastWriteTimeUtc(file) == mark;
    }
}
