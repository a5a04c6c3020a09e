using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pupil.Core;

/// <summary>
/// Writes files that are always whole: the content goes to a temporary file in the same folder, from there to the disk, and
/// then takes the target's name in one step. Whatever happens before that step, the old file stays as it was.
/// </summary>
internal static partial class AtomicFile
{
    // ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows, ENOSPC elsewhere.
    private static readonly int[] DiskFull = OperatingSystem.IsWindows() ? [unchecked((int)0x80070027), unchecked((int)0x80070070)] : [28];

    private static readonly ConcurrentDictionary<string, bool> Current = new(StringComparer.Ordinal);
    private static int _count;

    /// <summary>Writes a text file, in UTF-8 without byte order mark.</summary>
    /// <exception cref="UserErrorException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. What it throws is thrown on, after the temporary file is removed.</param>
    /// <exception cref="UserErrorException">The folder is missing, the path is a folder, permission lacks, the disk is full.</exception>
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
    /// Removes the temporary files that killed processes left in a folder: those of processes that run no more, untouched for
    /// a while, since another machine that shares the folder has other processes.
    /// </summary>
    /// <param name="folder">The folder; its subfolders are left alone. Nothing happens where it does not exist.</param>
    /// <param name="untouchedFor">How long a file must not have been written to; one hour by default.</param>
    /// <returns>How many files were removed.</returns>
    public static int RemoveStale(string folder, TimeSpan? untouchedFor = null)
    {
        if (!Directory.Exists(folder)) return 0;
        DateTime latest = DateTime.UtcNow - (untouchedFor ?? TimeSpan.FromHours(1));
        return Directory.EnumerateFiles(Path.GetFullPath(folder), ".*.tmp").ToList()
            .Count(file => IsStale(file) && File.GetLastWriteTimeUtc(file) <= latest && RemoveQuietly(file));
    }

    /// <summary>The name of a new temporary file for a target, <c>.name.process-number.tmp</c>.</summary>
    internal static string TemporaryName(string name, int process) => $".{name}.{process}-{Interlocked.Increment(ref _count)}.tmp";

    /// <summary>The error to show for a failure to write a file.</summary>
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
            return true; // it runs, but belongs to somebody else
        }
    }

    [GeneratedRegex(@"^\..+\.(\d{1,10})-\d+\.tmp$", RegexOptions.CultureInvariant)]
    private static partial Regex TemporaryPattern();
}
