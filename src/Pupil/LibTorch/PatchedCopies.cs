using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pupil.LibTorch;

/// <summary>
/// Where patched copies of native libraries live between runs, and how they get there. A copy is never trusted: its bytes
/// are made anew at each start (milliseconds) and the file is used only if it holds exactly these.
/// </summary>
internal static class PatchedCopies
{
    /// <summary>Overrides the folder of the copies.</summary>
    internal const string FolderVariable = "PUPIL_NATIVE_CACHE";

    /// <summary>The folder of the copies: the override, else the user's cache folder; null where there is neither.</summary>
    /// <param name="environment">The value of an environment variable, or null.</param>
    /// <param name="home">The user's home folder, or an empty text.</param>
    public static string? Folder(Func<string, string?> environment, string home)
    {
        if (environment(FolderVariable) is { Length: > 0 } chosen) return Path.GetFullPath(chosen);
        // The XDG specification: a relative path there is to be ignored.
        if (environment("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache)) return Path.Combine(cache, "pupil", "native");
        return home.Length > 0 ? Path.Combine(home, ".cache", "pupil", "native") : null;
    }

    /// <summary>A name that holds the original's content, so that another version's copy is another file.</summary>
    public static string Name(string originalName, ReadOnlySpan<byte> original) =>
        $"{Path.GetFileNameWithoutExtension(originalName)}-{Convert.ToHexStringLower(SHA256.HashData(original))[..16]}" +
        Path.GetExtension(originalName);

    /// <summary>Loads a library from its bytes, by way of a file in a folder, or in a new temporary one where that fails.</summary>
    /// <exception cref="DllNotFoundException">The system's loader refused the library.</exception>
    public static nint Load(string? folder, string name, ReadOnlySpan<byte> content)
    {
        try
        {
            if (folder is not null) return NativeLibrary.Load(Place(folder, name, content));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            // No right to write, no space left, or mounted without the right to execute: a temporary folder may do better.
        }

        var temporary = Directory.CreateTempSubdirectory("pupil-native-").FullName;
        try
        {
            return NativeLibrary.Load(Place(temporary, name, content));
        }
        finally
        {
            // A loaded library stays in memory after its file is gone.
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>
    /// Makes sure that a folder has a file with this content, and returns its path. Many processes may do so at once: the
    /// file appears whole, by a rename.
    /// </summary>
    public static string Place(string folder, string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(folder, name);
        if (Holds(path, content)) return path;
        CreatePrivate(folder);
        var beside = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            File.WriteAllBytes(beside, content);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
        return path;
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
