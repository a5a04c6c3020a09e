using Pupil.Images.Formats.Trees;

namespace Pupil.Fuzz.Targets;

/// <summary>Archives of data sets, all files of which are read.</summary>
internal static class ArchiveTargets
{
    private const long LargestFile = 1 << 20;

    public static IReadOnlyList<FuzzTarget> All { get; } = [Of("zip"), Of("tar"), Of("tar.gz")];

    private static FuzzTarget Of(string ending) => new(ending.Replace('.', '-'), $"a .{ending} archive", (input, folder) =>
    {
        using var tree = FileTree.Open(folder.Write($"archive.{ending}", input));
        foreach (var file in tree.Files(_ => true, LargestFile))
            file.Read();
    });
}
