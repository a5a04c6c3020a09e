using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>The names of libtorch's files on a platform, and the folders in which this process searches for them.</summary>
/// <param name="Platform">The platform's name in packages, such as <c>linux-x64</c>.</param>
/// <param name="Torch">
/// The libraries that TorchSharp's own needs, each after its dependencies. They are loaded one by one by their paths: by its name, the
/// loader might find another version of libtorch on the system (Debian's <c>libtorch1.13</c>).
/// </param>
/// <param name="Bindings">TorchSharp's own library.</param>
/// <param name="Folders">The folders in order of preference.</param>
internal sealed record TorchFiles(string Platform, IReadOnlyList<string> Torch, string Bindings, IReadOnlyList<string> Folders)
{
    /// <summary>Returns the files of this process.</summary>
    public static TorchFiles OfThisProcess()
    {
        // Not RuntimeInformation.RuntimeIdentifier, which is ubuntu.24.04-x64 or similar in a .NET built by a distribution.
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var platform = $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        string[] torch = [FileName("c10"), FileName("torch_cpu"), FileName("torch")];
        return new(platform, torch, FileName("LibTorchSharp"), SearchFolders(platform));
    }

    /// <summary>Returns the path of a file in the first folder that has it, or null.</summary>
    public string? Find(string name) => Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib"
        : $"lib{library}.so";

    private static string[] SearchFolders(string platform)
    {
        var known = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        string[] folders =
        [
            .. known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", platform, "native"),
        ];
        return [.. folders.Distinct()];
    }
}
