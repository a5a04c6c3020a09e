using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Pupil.Core;

/// <summary>
/// Writes files atomically. The content goes to a temporary file in the same folder and is flushed to the disk. The file
/// then takes the target's name in one step. A failure before that step leaves the old file unchanged. A link is kept: its target is
/// replaced. The mode of a replaced file is kept, its owner is not.
/// </summary>
internal static partial class AtomicFile
{
    private const int MostTries = 5;

    // Network drives need not know the locks of other machines.
    private static readonly TimeSpan UntouchedOnNetworks = TimeSpan.FromHours(1);

    // The start of a process is known to a hundredth of a second, unless the clock was set meanwhile.
    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(10);

    private static readonly ConcurrentDictionary<string, bool> Current = new(StringComparer.Ordinal);

    /// <summary>Writes a text file in UTF-8 without byte order mark, and replaces a file of that name.</summary>
    /// <exception cref="UserErrorException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file, and replaces a file of that name.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. Its exceptions pass through after the temporary file is removed.</param>
    /// <exception cref="UserErrorException">
    /// The folder is missing, the path is a folder, a device or a pipe, permission is missing, or the disk is full.
    /// </exception>
    public static void Write(string path, Action<FileStream> write)
    {
        string target = Target(path);
        string folder = Path.GetDirectoryName(target)!;
        Sweep(folder, $".{Path.GetFileName(target)}.*.tmp");
        var created = Try(path, () => Create(folder, Path.GetFileName(target)));
        string temporary = created.Name;
        bool isNamed = false;
        try
        {
            using (FileStream stream = created)
            {
                // The callback may fail to read something else: only a full disk is known to be about this file.
                try { write(stream); }
                catch (IOException failure) when (StorageFailure.Reason(failure) is not null) { throw Explain(path, failure); }
                Try(path, () => { stream.Flush(flushToDisk: true); return stream; });
                Try(path, () => { KeepMode(target, temporary); return target; });
                // An open file is known to be in use until it has its name. Windows and its network drives rename only closed ones.
                if (!OperatingSystem.IsWindows() && !IsOnNetwork(temporary))
                    isNamed = Name();
            }
            if (!isNamed)
                Name();
        }
        catch
        {
            RemoveQuietly(temporary);
            throw;
        }
        finally
        {
            Current.TryRemove(temporary, out _);
        }

        bool Name() => Try(path, () => { File.Move(temporary, target, overwrite: true); return true; });
    }

    /// <summary>
    /// Removes the temporary files that killed processes left in a folder: nobody has them open, and their process no longer runs on this
    /// machine. On a network drive, whose locks other machines may not see, they also have not been written to for an hour.
    /// </summary>
    /// <param name="folder">The folder, without its subfolders. A missing folder counts as empty.</param>
    /// <returns>The number of removed files.</returns>
    public static int RemoveStale(string folder) => Directory.Exists(folder) ? Sweep(Path.GetFullPath(folder), ".*.tmp") : 0;

    /// <summary>
    /// Returns the name of a new temporary file for a target: <c>.name.process-random.tmp</c>. In a container each process may have the
    /// number 1, so that a counter would repeat the names of killed processes.
    /// </summary>
    internal static string TemporaryName(string name, int process) =>
        $".{name}.{process}-{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp";

    /// <summary>Whether a file has the name of a temporary one.</summary>
    internal static bool IsTemporary(string file) => TemporaryPattern().IsMatch(Path.GetFileName(file));

    /// <summary>Whether a file has the name of a temporary one for a target in the same folder.</summary>
    internal static bool IsTemporaryOf(string target, string file) =>
        IsTemporary(file) && Path.GetFileName(file).StartsWith($".{Path.GetFileName(target)}.", StringComparison.Ordinal);

    /// <summary>Returns the user error that explains why a file could not be written.</summary>
    internal static UserErrorException Explain(string path, Exception failure) => failure switch
    {
        DirectoryNotFoundException => new($"{path}: its folder does not exist; create the folder first.", failure),
        UnauthorizedAccessException =>
            new($"{path}: no permission to write here; change the permissions or choose another folder.", failure),
        IOException full when StorageFailure.Reason(full) is { } reason => new($"{path}: {reason}.", failure),
        _ => new($"{path}: cannot be written ({failure.Message.ReplaceLineEndings(" ")}); check the name and the disk.", failure),
    };

    // The file that a path leads to. Renaming over a device or a pipe would replace it by a file.
    private static string Target(string path)
    {
        string target = Path.GetFullPath(path);
        if (Directory.Exists(target))
            throw new UserErrorException($"{path}: found a folder, expected the name of a file; choose another name.");
        if (RegularFile.IsOther(target))
            throw new UserErrorException($"{path}: found a device or a pipe, expected the name of a file; choose another name.");
        return new FileInfo(target).LinkTarget is null ? target
            : Try(path, () => File.ResolveLinkTarget(target, returnFinalTarget: true)!.FullName);
    }

    // Between its creation and its lock, a process of another container may remove a file: it cannot see that this process runs.
    private static FileStream Create(string folder, string name)
    {
        for (int tries = 1; ; tries++)
        {
            string temporary = Path.Combine(folder, TemporaryName(name, Environment.ProcessId));
            Current[temporary] = true;
            FileStream? stream = null;
            try
            {
                stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite);
                if (File.Exists(temporary) || tries == MostTries)
                    return stream;
            }
            catch (IOException) when (tries < MostTries)
            {
                // The other process held the lock; any other failure comes again.
            }
            catch
            {
                Current.TryRemove(temporary, out _);
                throw;
            }
            stream?.Dispose();
            Current.TryRemove(temporary, out _);
        }
    }

    private static void KeepMode(string target, string temporary)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
    }

    private static int Sweep(string folder, string pattern)
    {
        try
        {
            return Directory.EnumerateFiles(folder, pattern).ToList().Count(RemoveIfStale);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed may still take the file; otherwise the writing explains the failure.
            return 0;
        }
    }

    private static T Try<T>(string path, Func<T> action)
    {
        try { return action(); }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException) { throw Explain(path, failure); }
    }

    private static bool RemoveQuietly(string file)
    {
        try
        {
            File.Delete(file);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool RemoveIfStale(string file)
    {
        Match match = TemporaryPattern().Match(Path.GetFileName(file));
        if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out int process)) return false;
        DateTime written = File.GetLastWriteTimeUtc(file);
        // In containers that share a folder, many processes have the number of this one.
        if (process == Environment.ProcessId ? Current.ContainsKey(file) : IsRunning(process, written)) return false;
        return IsOnNetwork(file) ? written <= DateTime.UtcNow - UntouchedOnNetworks && RemoveQuietly(file) : RemoveIfClosed(file);
    }

    /// <summary>
    /// Whether a file or folder lies on a network's file system; never on Windows, where an open file cannot be removed by another machine
    /// either.
    /// </summary>
    internal static bool IsOnNetwork(string file) =>
        !OperatingSystem.IsWindows() && new DriveInfo(file).DriveType == DriveType.Network;

    // A file that is being written has a shared lock, which its process takes to its end. The file is removed under a lock of this
    // process: a process that has just created it cannot lock it, and creates another one.
    private static bool RemoveIfClosed(string file)
    {
        try
        {
            // Windows removes an open file only if that was allowed at its opening; elsewhere, only None locks out all others.
            var share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
            using var alone = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, share, bufferSize: 0);
            File.Delete(file);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A process that started after the last write has the number by chance.
    private static bool IsRunning(int process, DateTime written)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited && found.StartTime.ToUniversalTime() <= written + ClockError;
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true; // it runs, but belongs to another user
        }
    }

    [GeneratedRegex(@"^\..+\.(\d{1,10})-[0-9a-f]+\.tmp$", RegexOptions.CultureInvariant)]
    private static partial Regex TemporaryPattern();
}
