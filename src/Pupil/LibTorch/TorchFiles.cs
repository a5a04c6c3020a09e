using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>The names of libtorch's files on a platform, and the folders in which this process looks for them.</summary>
/// <param name="Platform">The platform as packages name it, such as <c>linux-x64</c>.</param>
/// <param name="Torch">
/// The libraries that TorchSharp's own needs, each after those that it needs itself. They are loaded by their paths one by
/// one: by its name, the loader might find another version of libtorch that the system has (Debian's <c>libtorch1.13</c>).
/// </param>
/// <param name="Bindings">TorchSharp's own library.</param>
/// <param name="Folders">Where to look, best first.</param>
internal sealed record TorchFiles(string Platform, IReadOnlyList<string> Torch, string Bindings, IReadOnlyList<string> Folders)
{
    /// <summary>Those of this process.</summary>
    public static TorchFiles OfThisProcess()
    {
        // Not RuntimeInformation.RuntimeIdentifier: a .NET built by a distribution says something like ubuntu.24.04-x64 there.
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        var platform = $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        string[] torch = [FileName("c10"), FileName("torch_cpu"), FileName("torch")];
        return new(platform, torch, FileName("LibTorchSharp"), SearchFolders(platform));
    }

    /// <summary>The path of a file in the first folder that has it, or null.</summary>
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
