using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pupil.Core;

/// <summary>
/// Writes files atomically. The content goes to a temporary file in the same folder and is flushed to the disk. The file
/// then takes the target's name in one step. A failure before that step leaves the old file unchanged.
/// </summary>
internal static partial class AtomicFile
{
    // ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows, ENOSPC elsewhere.
    private static readonly int[] DiskFull =
        OperatingSystem.IsWindows() ? [unchecked((int)0x80070027), unchecked((int)0x80070070)] : [28];

    private static readonly ConcurrentDictionary<string, bool> Current = new(StringComparer.Ordinal);
    private static int _count;

    /// <summary>Writes a text file in UTF-8 without byte order mark, and replaces a file of that name.</summary>
    /// <exception cref="UserErrorException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file, and replaces a file of that name.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. Its exceptions pass through after the temporary file is removed.</param>
    /// <exception cref="UserErrorException">
    /// The folder is missing, the path is a folder, permission is missing, or the disk is full.
    /// </exception>
    public static void Write(string path, Action<FileStream> write)
    {
        string target = Path.GetFullPath(path);
        if (Directory.Exists(target))
            throw new UserErrorException($"{path}: found a folder, expected the name of a file; choose another name.");
        string folder = Path.GetDirectoryName(target)!;
        string temporary = Path.Combine(folder, TemporaryName(Path.GetFileName(target), Environment.ProcessId));
        Current[temporary] = true;
        try
        {
            using (FileStream stream = Try(path, () => new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite)))
            {
                // The callback may fail to read something else: only a full disk is known to be about this file.
                try { write(stream); }
                catch (IOException failure) when (IsDiskFull(failure)) { throw Explain(path, failure); }
                Try(path, () => { stream.Flush(flushToDisk: true); return stream; });
            }
            Try(path, () => { File.Move(temporary, target, overwrite: true); return target; });
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
    }

    /// <summary>
    /// Removes the temporary files that killed processes left in a folder. The process of a removed file no longer runs on this machine.
    /// The file also has not been written to for a while, since a process of another machine that shares the folder may own it.
    /// </summary>
    /// <param name="folder">The folder, without its subfolders. A missing folder counts as empty.</param>
    /// <param name="untouchedFor">The time since the last write after which a file may be removed; default one hour.</param>
    /// <returns>The number of removed files.</returns>
    public static int RemoveStale(string folder, TimeSpan? untouchedFor = null)
    {
        if (!Directory.Exists(folder)) return 0;
        DateTime latest = DateTime.UtcNow - (untouchedFor ?? TimeSpan.FromHours(1));
        return Directory.EnumerateFiles(Path.GetFullPath(folder), ".*.tmp").ToList()
            .Count(file => IsStale(file) && File.GetLastWriteTimeUtc(file) <= latest && RemoveQuietly(file));
    }

    /// <summary>Returns the name of a new temporary file for a target: <c>.name.process-number.tmp</c>.</summary>
    internal static string TemporaryName(string name, int process) => $".{name}.{process}-{Interlocked.Increment(ref _count)}.tmp";

    /// <summary>Returns the user error that explains why a file could not be written.</summary>
    internal static UserErrorException Explain(string path, Exception failure) => failure switch
    {
        DirectoryNotFoundException => new($"{path}: its folder does not exist; create the folder first.", failure),
        UnauthorizedAccessException =>
            new($"{path}: no permission to write here; change the permissions or choose another folder.", failure),
        IOException when IsDiskFull(failure) => new($"{path}: the disk is full; make room or choose another disk.", failure),
        _ => new($"{path}: cannot be written ({failure.Message.ReplaceLineEndings(" ")}); check the name and the disk.", failure),
    };

    private static bool IsDiskFull(Exception failure) => DiskFull.Contains(failure.HResult);

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

    private static bool IsStale(string file)
    {
        Match match = TemporaryPattern().Match(Path.GetFileName(file));
        if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out int process)) return false;
        // In a container every run may have the same process number: what this process does not write now is not its own.
        return process == Environment.ProcessId ? !Current.ContainsKey(file) : !IsRunning(process);
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
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

    [GeneratedRegex(@"^\..+\.(\d{1,10})-\d+\.tmp$", RegexOptions.CultureInvariant)]
    private static partial Regex TemporaryPattern();
}
