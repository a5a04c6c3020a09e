namespace Pupil.LibTorch;

/// <summary>The user errors for machines that cannot load libtorch.</summary>
internal static class TorchLoadingErrors
{
    /// <summary>Returns the error for a platform without libtorch, or null for a supported one.</summary>
    /// <param name="platform">The platform's name in packages, such as <c>linux-x64</c>.</param>
    /// <param name="hasMusl">Whether the C library is musl.</param>
    public static UserErrorException? ForPlatform(string platform, bool hasMusl) => platform switch
    {
        "linux-x64" when hasMusl => new("libtorch needs glibc, but this Linux has musl: use a glibc system such as Debian or Ubuntu " +
            "(for a container, an image whose name does not end in -alpine)."),
        "linux-x64" or "win-x64" or "win-arm64" or "osx-arm64" => null,
        _ => new($"There is no libtorch for {platform}: expected linux-x64, win-x64, win-arm64 or osx-arm64; use one of these."),
    };

    /// <summary>Returns the error for a file of libtorch that is in no folder.</summary>
    public static UserErrorException NotFound(string name, string package, TorchFiles files) => new(
        $"{name} of the NuGet package {package} was not found in {string.Join(", ", files.Folders)}: " +
        $"reference {package} in the project and build it again (dotnet restore fetches it), or publish with -r {files.Platform}.");

    /// <summary>Returns the error for a file that the system's loader rejected.</summary>
    /// <param name="path">The file.</param>
    /// <param name="missing">The versions that this machine lacks.</param>
    /// <param name="reason">The loader's message.</param>
    public static UserErrorException Refused(string path, IReadOnlyList<MissingVersion> missing, string reason)
    {
        if (missing.Count == 0)
            return new($"{path} could not be loaded: {OneLine(reason)}; if it is damaged, delete its package's folder and restore again.");
        // glibc first: a system that gets a new one gets a new C++ library with it.
        var first = missing.OrderByDescending(version => IsGlibc(version.Needed.Library))
            .ThenByDescending(version => SystemLibraries.Number(version.Needed.Version)).First();
        var found = first switch
        {
            { FoundIn: null } => "this machine does not have that library",
            { Newest: null } => $"this machine's {first.FoundIn} has none of its kind",
            _ => $"this machine's {first.FoundIn} has up to {first.Newest}",
        };
        var (library, version) = (first.Needed.Library, first.Needed.Version);
        return new($"{Path.GetFileName(path)} needs {version} of {library}, {found}: {Advice(library)}.");
    }

    /// <summary>Returns the error for a patched copy that could not be written, or that the system's loader rejected.</summary>
    public static UserErrorException CopyFailed(string path, string? cacheFolder, Exception failure) => new(
        $"{Path.GetFileName(path)} needs a patched copy on this machine, which could neither be used in " +
        $"{cacheFolder ?? "a cache folder (there is none)"} nor in {Path.GetTempPath()}: {OneLine(failure.Message)}; " +
        $"set {PatchedCopies.FolderVariable} to a folder that may be written and whose files may be executed.", failure);

    private static bool IsGlibc(string library) => library is "libc.so.6" or "libm.so.6" or "ld-linux-x86-64.so.2";

    private static string Advice(string library) => library switch
    {
        _ when IsGlibc(library) => "use a newer Linux (Debian 12, Ubuntu 22.04 or later), or a container with one",
        "libstdc++.so.6" => "install a newer libstdc++6, or use a newer Linux (Debian 12, Ubuntu 22.04 or later)",
        _ => "install it, or a newer version of it, with the system's package manager",
    };

    // .NET puts a line of general advice before the loader's message.
    private static string OneLine(string text) =>
        text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
        {
            [_, .. { Length: > 0 } lines] => string.Join(' ', lines).TrimEnd('.'),
            var lines => string.Concat(lines).TrimEnd('.'),
        };
}
