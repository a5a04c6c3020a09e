using System.Formats.Tar;

namespace Pupil;

/// <summary>
/// Opens regular files only, also through links. Opening a pipe waits for its writer, and a device such as <c>/dev/zero</c> never ends.
/// </summary>
internal static class RegularFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="UserErrorException">The path leads to a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static FileStream OpenRead(
        string path, FileShare share = FileShare.Read, int buffer = 4096, FileOptions options = FileOptions.None)
    {
        Check(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, share, buffer, options);
    }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="UserErrorException">The path leads to a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        Check(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>Reads a whole file as text in UTF-8.</summary>
    /// <exception cref="UserErrorException">The path leads to a pipe, a device or a socket.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static string ReadAllText(string path)
    {
        Check(path);
        return File.ReadAllText(path);
    }

    /// <summary>Refuses a path that leads to something other than a regular file; a missing file passes.</summary>
    /// <exception cref="UserErrorException">The path leads to a pipe, a device or a socket.</exception>
    public static void Check(string path)
    {
        if (IsOther(path))
            throw new UserErrorException($"{path}: found a pipe or a device, expected a regular file; give a file.");
    }

    /// <summary>Whether a path leads to a pipe, a device or a socket, without opening it.</summary>
    public static bool IsOther(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path))
            return false;
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is not null)
                file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
            // Open pipes and sockets are links in /proc to names such as pipe:[123], which are no paths.
            return file.Exists ? file.Length == 0 && IsOtherEmpty(file.FullName) : file.Name.Contains(":[", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The path cannot be followed, as in a cycle of links: opening it fails, too.
            return false;
        }
    }

    // Pipes and devices have no size. The writer of tar archives is the class of .NET that states a file's type without opening it.
    private static bool IsOtherEmpty(string path)
    {
        try
        {
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
                writer.WriteEntry(path, "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType is not (TarEntryType.RegularFile or TarEntryType.HardLink);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // A socket, for which the format has no entry, or a file that is gone.
            return File.Exists(path);
        }
    }
}
