using System.IO.Enumeration;

namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a folder and its subfolders.</summary>
internal sealed class FolderTree(string path) : FileTree(path)
{
    // Deeper nesting comes from cyclic links.
    private const int DeepestFolder = 12;

    private readonly string _root = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    private (long Largest, List<TreeFile> Files)? _walked;

    public override bool IsArchive => false;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        // Cached: the walk takes longer than everything else when cached pictures are opened.
        if (_walked?.Largest != largest)
            _walked = (largest, Try(() => Walk(largest).ToList()));
        return _walked.Value.Files;
    }

    /// <summary>Returns a file on the disk; if it is missing, reading it throws.</summary>
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
        // The size of a link is not that of its target.
        if ((entry.Attributes & FileAttributes.ReparsePoint) != 0)
            return At(name, new FileInfo(fullPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? fullPath, largest);
        return new TreeFile(name, entry.Length, entry.LastWriteTimeUtc.Ticks, () => Read(fullPath, largest))
        {
            Opens = () => OpenFile(fullPath),
        };
    }

    // Cyclic links would return every picture again and again.
    private bool MayEnter(ref FileSystemEntry entry)
    {
        string fullPath = entry.ToFullPath(), name = NameOf(fullPath);
        bool isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
        var target = isLink ? new DirectoryInfo(fullPath).ResolveLinkTarget(returnFinalTarget: true) : null;
        if (target is not null && LiesIn(fullPath, target.FullName))
            throw new UserErrorException($"{Path}: found '{Shown(name)}' to be a link to a folder around it, expected no cycle; "
                + "remove the link.");
        // .NET replaces other bytes in names, and would pass over the folder without a word.
        if (name.Contains('\ufffd') && !Directory.Exists(fullPath))
        {
            throw new UserErrorException($"{Path}: found '{Shown(name)}', but the name of a folder is not UTF-8, expected names in UTF-8; "
                + "rename it.");
        }
        if (name.Count(character => character == '/') >= DeepestFolder)
        {
            throw new UserErrorException($"{Path}: found folders nested more than {DeepestFolder} deep ('{Shown(name)}'), "
                + "expected fewer; give an inner folder, or remove the link that makes a cycle.");
        }
        return true;
    }

    private static bool LiesIn(string path, string folder)
    {
        string start = System.IO.Path.TrimEndingDirectorySeparator(folder) + System.IO.Path.DirectorySeparatorChar;
        return path.StartsWith(start, StringComparison.Ordinal);
    }

    private string NameOf(string fullPath) =>
        fullPath[_root.Length..].TrimStart(System.IO.Path.DirectorySeparatorChar).Replace('\\', '/');

    private T Try<T>(Func<T> walk)
    {
        try
        {
            return walk();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: a folder in it cannot be read ({error.Message.ReplaceLineEndings(" ")}); "
                + "expected permission to read all of it, and names in UTF-8.", error);
        }
    }

    private static FileStream OpenFile(string fullPath) =>
        Reading(fullPath, () => RegularFile.OpenRead(fullPath, buffer: 0));

    private static byte[] Read(string fullPath, long largest) => Reading(fullPath, () =>
    {
        long length = new FileInfo(fullPath).Length;
        return length <= largest
            ? RegularFile.ReadAllBytes(fullPath)
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
