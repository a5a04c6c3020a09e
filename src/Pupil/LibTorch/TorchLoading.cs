using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>Loads libtorch and TorchSharp's bindings, from patched copies where this machine needs them.</summary>
internal static class TorchLoading
{
    private const string CppLibrary = "libstdc++.so.6";

    /// <summary>Loads the libraries and returns the handle of the bindings.</summary>
    /// <param name="files">The files.</param>
    /// <param name="cacheFolder">The folder of patched copies; null for a temporary one.</param>
    /// <exception cref="UserErrorException">A file is missing, or this machine cannot load it.</exception>
    public static nint Load(TorchFiles files, string? cacheFolder)
    {
        if (TorchLoadingErrors.ForPlatform(files.Platform, SystemLibraries.HasMusl()) is { } error) throw error;
        // The bindings refer to libtorch's files by name, and the loader does not search other packages' folders for them. Names
        // of loaded libraries are resolved.
        foreach (var name in files.Torch)
            TorchMessages.KeepErrorsOnly(LoadFrom(files, name, $"libtorch-cpu-{files.Platform}", Refuse));
        return LoadFrom(files, files.Bindings, "TorchSharp", (path, reason) => LoadPatched(path, reason, cacheFolder));
    }

    private static nint LoadFrom(TorchFiles files, string name, string package, Func<string, string, nint> whenRefused)
    {
        var path = files.Find(name) ?? throw TorchLoadingErrors.NotFound(name, package, files);
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            return whenRefused(path, failure.Message);
        }
    }

    private static nint Refuse(string path, string reason) => throw TorchLoadingErrors.Refused(path, MissingVersions(path), reason);

    private static nint LoadPatched(string path, string reason, string? cacheFolder)
    {
        var missing = MissingVersions(path);
        if (missing.Count == 0 || missing.Any(version => version.Needed.Library != CppLibrary))
            throw TorchLoadingErrors.Refused(path, missing, reason);
        try
        {
            var original = File.ReadAllBytes(path);
            var patched = ElfVersionNeeds.Weaken(original, CppLibrary, missing.Select(version => version.Needed.Version));
            return PatchedCopies.Load(cacheFolder, PatchedCopies.Name(Path.GetFileName(path), original), patched);
        }
        catch (ElfFormatException)
        {
            throw TorchLoadingErrors.Refused(path, missing, reason);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            throw TorchLoadingErrors.CopyFailed(path, cacheFolder, failure);
        }
    }

    private static IReadOnlyList<MissingVersion> MissingVersions(string path)
    {
        if (!OperatingSystem.IsLinux()) return [];
        try
        {
            return SystemLibraries.Missing(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is ElfFormatException or IOException or UnauthorizedAccessException)
        {
            // Only the loader's message remains.
            return [];
        }
    }
}
