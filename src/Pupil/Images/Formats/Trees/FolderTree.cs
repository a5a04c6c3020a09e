using System.IO.Enumeration;

namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a folder and the folders in it.</summary>
internal sealed class FolderTree(string path) : FileTree(path)
{
    // Deeper ones are links that lead round in a circle.
    private const int DeepestFolder = 12;

    private readonly string _root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    private (long Largest, List<TreeFile> Files)? _walked;

    public override bool IsArchive => false;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        // Walked through once: that takes longer than all else when decoded pictures are opened again.
        if (_walked?.Largest != largest)
            _walked = (largest, Try(() => Walk(largest).ToList()));
        return _walked.Value.Files;
    }

    /// <summary>A file on the disk that may be read, or not be there.</summary>
    public static TreeFile At(string name, string fullPath, long largest = LargestFile)
    {
        var info = new FileInfo(fullPath);
        return info.Exists
            ? new TreeFile(name, info.Length, info.LastWriteTimeUtc.Ticks, () => Read(fullPath, largest))
            : new TreeFile(name, 0, 0, () => throw new UserErrorException($"{fullPath}: is not there (no such file)."));
    }

    public override void Dispose() { }

    private FileSystemEnumerable<TreeFile> Walk(long largest)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
        return new FileSystemEnumerable<TreeFile>(_root, (ref FileSystemEntry entry) => Find(ref entry, largest), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => MayEnter(ref entry),
        };
    }

    private TreeFile Find(ref FileSystemEntry entry, long largest)
    {
        string fullPath = entry.ToFullPath();
        string name = NameOf(fullPath);
        // A link's own size is not that of the file it leads to.
        return (entry.Attributes & FileAttributes.ReparsePoint) != 0
            ? At(name, new FileInfo(fullPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? fullPath, largest)
            : new TreeFile(name, entry.Length, entry.LastWriteTimeUtc.Ticks, () => Read(fullPath, largest)) { Opens = () => OpenFile(fullPath) };
    }

    // A circle of links would give every picture again and again.
    private bool MayEnter(ref FileSystemEntry entry)
    {
        string fullPath = entry.ToFullPath(), name = NameOf(fullPath);
        bool isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
        if (isLink && new DirectoryInfo(fullPath).ResolveLinkTarget(returnFinalTarget: true) is { } target && LiesIn(fullPath, target.FullName))
            throw new UserErrorException($"{Path}: found '{Shown(name)}' to be a link to a folder around it, expected no such circle; "
                + "remove the link.");
        if (name.Count(character => character == '/') >= DeepestFolder)
        {
            throw new UserErrorException($"{Path}: found folders more than {DeepestFolder} deep in one another ('{Shown(name)}'), "
                + "expected fewer; "
                + "give a folder further in, or remove the link that leads round in a circle.");
        }
        return true;
    }

    private static bool LiesIn(string path, string folder) =>
        path.StartsWith(System.IO.Path.TrimEndingDirectorySeparator(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private string NameOf(string fullPath) => fullPath[_root.Length..].TrimStart(System.IO.Path.DirectorySeparatorChar).Replace('\\', '/');

    private T Try<T>(Func<T> walk)
    {
        try
        {
            return walk();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: a folder in it cannot be read ({error.Message.ReplaceLineEndings(" ")}); "
                + "expected permission to read all of it.", error);
        }
    }

    private static FileStream OpenFile(string fullPath) => Reading(fullPath, () => new FileStream(fullPath, FileMode.Open, FileAccess.Read, FileShare.Read, 0));

    private static byte[] Read(string fullPath, long largest) => Reading(fullPath, () =>
    {
        long length = new FileInfo(fullPath).Length;
        return length <= largest
            ? File.ReadAllBytes(fullPath)
            : throw new UserErrorException($"{fullPath}: found {length:N0} bytes, expected at most {largest:N0}.");
    });

    private static T Reading<T>(string fullPath, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{fullPath}: cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }
}
