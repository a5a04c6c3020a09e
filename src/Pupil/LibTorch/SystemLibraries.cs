using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Pupil.LibTorch;

/// <summary>A version that a library needs and the system library does not offer.</summary>
/// <param name="Needed">The needed version.</param>
/// <param name="FoundIn">The system library's file, or null if there is none.</param>
/// <param name="Newest">The newest version with the same prefix that the file offers, or null.</param>
internal sealed record MissingVersion(ElfVersionNeed Needed, string? FoundIn, string? Newest);

/// <summary>The versions that this machine's libraries offer, read from the files that the process has mapped (Linux only).</summary>
internal static partial class SystemLibraries
{
    private const string Mappings = "/proc/self/maps";

    /// <summary>Returns the versions that a library needs and this machine lacks; weak needs do not count.</summary>
    public static IReadOnlyList<MissingVersion> Missing(ReadOnlySpan<byte> library) =>
        Missing(ElfVersionNeeds.Needed(library), Locate, path => ElfVersionNeeds.Offered(File.ReadAllBytes(path)));

    /// <summary>Returns the missing versions, with functions for the file of a library and the versions that a file offers.</summary>
    public static IReadOnlyList<MissingVersion> Missing(
        IEnumerable<ElfVersionNeed> needs, Func<string, string?> locate, Func<string, IReadOnlyList<string>> offered)
    {
        var missing = new List<MissingVersion>();
        foreach (var group in needs.Where(need => !need.IsWeak).GroupBy(need => need.Library))
        {
            var path = locate(group.Key);
            var offers = path is null ? [] : offered(path);
            missing.AddRange(group.Where(need => !offers.Contains(need.Version))
                .Select(need => new MissingVersion(need, path, Newest(need.Version, offers))));
        }
        return missing;
    }

    /// <summary>Returns the newest version that differs from one only in numbers (<c>GLIBC_2.34</c>, not <c>GLIBC_PRIVATE</c>).</summary>
    internal static string? Newest(string like, IEnumerable<string> versions) => versions
        .Where(version => Family(version) == Family(like) && Number(version) is not null)
        .MaxBy(Number);

    /// <summary>Returns the numbers at the end of a version's name, or null.</summary>
    internal static Version? Number(string version)
    {
        var numbers = version[(Family(version).Length)..].TrimStart('_');
        return System.Version.TryParse(numbers.Contains('.') ? numbers : numbers + ".0", out var parsed) ? parsed : null;
    }

    private static string Family(string version) => version.LastIndexOf('_') is var end && end >= 0 ? version[..end] : version;

    /// <summary>Whether this process runs on musl instead of glibc.</summary>
    public static bool HasMusl() =>
        File.Exists(Mappings) && File.ReadLines(Mappings).Any(line => line.Contains("/ld-musl-", StringComparison.Ordinal));

    private static string? Locate(string library)
    {
        // Loading it by name maps the same file that the loader would use for the library in question.
        _ = NativeLibrary.TryLoad(library, out _);
        return Mapped(library, File.ReadLines(Mappings));
    }

    /// <summary>
    /// Returns the mapped file of a library from the process's list of mappings. The file often has a full version in its name:
    /// <c>libstdc++.so.6.0.30</c> for <c>libstdc++.so.6</c>, <c>libc-2.31.so</c> for <c>libc.so.6</c>.
    /// </summary>
    internal static string? Mapped(string library, IEnumerable<string> lines)
    {
        var stem = library.IndexOf(".so", StringComparison.Ordinal) is var end && end >= 0 ? library[..end] : library;
        var names = new Regex($@"^{Regex.Escape(stem)}(-[0-9.]+)?\.so(\.|$)", RegexOptions.CultureInvariant);
        return lines.Select(line => MappedPath().Match(line))
            .Where(match => match.Success)
            .Select(match => match.Value)
            .FirstOrDefault(path => names.IsMatch(Path.GetFileName(path)));
    }

    [GeneratedRegex("/.*$", RegexOptions.CultureInvariant)]
    private static partial Regex MappedPath();
}
