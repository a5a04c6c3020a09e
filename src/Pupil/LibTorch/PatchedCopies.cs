using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pupil.LibTorch;

/// <summary>
/// The files of patched copies of native libraries, and how they are written. An existing copy is not trusted: its bytes are computed
/// again at each start (in milliseconds), and the file is used only if it is equal.
/// </summary>
internal static class PatchedCopies
{
    /// <summary>The environment variable that overrides the folder of the copies.</summary>
    internal const string FolderVariable = "PUPIL_NATIVE_CACHE";

    private const string Incomplete = ".new";
    private const int MostTries = 5;

    /// <summary>Returns the folder of the copies: the override, else the user's cache folder; null if there is neither.</summary>
    /// <param name="environment">The value of an environment variable, or null.</param>
    /// <param name="home">The user's home folder, or an empty string.</param>
    public static string? Folder(Func<string, string?> environment, string home)
    {
        if (environment(FolderVariable) is { Length: > 0 } chosen) return Path.GetFullPath(chosen);
        // The XDG specification requires that a relative path be ignored.
        if (environment("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache)) return Path.Combine(cache, "pupil", "native");
        return home.Length > 0 ? Path.Combine(home, ".cache", "pupil", "native") : null;
    }

    /// <summary>Returns a file name with a hash of the original, so that each version has its own copy.</summary>
    public static string Name(string originalName, ReadOnlySpan<byte> original) =>
        $"{Path.GetFileNameWithoutExtension(originalName)}-{Convert.ToHexStringLower(SHA256.HashData(original))[..16]}" +
        Path.GetExtension(originalName);

    /// <summary>Loads a library from its bytes, by a file in a folder, or in a new temporary one if that fails.</summary>
    /// <exception cref="DllNotFoundException">The system's loader rejected the library.</exception>
    public static nint Load(string? folder, string name, ReadOnlySpan<byte> content)
    {
        try
        {
            if (folder is not null) return NativeLibrary.Load(Place(folder, name, content));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            // No permission to write, no space left, or mounted without permission to execute: a temporary folder may work.
        }

        var temporary = Directory.CreateTempSubdirectory("pupil-native-").FullName;
        try
        {
            return NativeLibrary.Load(Place(temporary, name, content));
        }
        finally
        {
            // A loaded library stays in memory after its file is deleted.
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>
    /// Ensures that a folder has a file with this content, and returns its path. Many processes may do so at once: the file is renamed
    /// when it is complete. Files that killed processes left beside it are removed.
    /// </summary>
    public static string Place(string folder, string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(folder, name);
        for (var tries = 1; ; tries++)
        {
            RemoveLeft(folder, name);
            if (Holds(path, content)) return path;
            CreatePrivate(folder);
            var beside = $"{path}.{Guid.NewGuid():N}{Incomplete}";
            try
            {
                File.WriteAllBytes(beside, content);
                File.Move(beside, path, overwrite: true);
                return path;
            }
            catch (IOException) when (tries < MostTries)
            {
                // Another process took it for left behind, in the moment before it was locked or after.
            }
            finally
            {
                File.Delete(beside);
            }
        }
    }

    // A file that is being written has a shared lock.
    private static void RemoveLeft(string folder, string name)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var left in Directory.GetFiles(folder, $"{name}.*{Incomplete}"))
        {
            try
            {
                new FileStream(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(left);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It is being written, or belongs to another user.
            }
        }
    }

    private static bool Holds(string path, ReadOnlySpan<byte> content)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == content.Length && content.SequenceEqual(File.ReadAllBytes(path));
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
