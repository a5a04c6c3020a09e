using System.IO.Enumeration;

namespace Pupil.Data.Reading;

/// <summary>The files of a folder and the folders in it.</summary>
internal sealed class FolderTree(string path) : FileTree(path)
{
    // Deeper ones are links that lead round in a circle.
    private const int DeepestFolder = 12;

    private readonly string _root = System.IO.Path.GetFullPath(path);

    public override bool IsArchive => false;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = DeepestFolder, IgnoreInaccessible = false };
        var found = new FileSystemEnumerable<TreeFile>(_root, (ref FileSystemEntry entry) => Find(ref entry, largest), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
        };
        using var files = found.GetEnumerator();
        while (true)
        {
            try
            {
                if (!files.MoveNext())
                    yield break;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"{Path}: a folder in it cannot be read ({error.Message}); expected permission to read all of it.", error);
            }
            yield return files.Current;
        }
    }

    /// <summary>A file on the disk that may be read, or not be there.</summary>
    public static TreeFile At(string name, string fullPath, long largest = LargestFile)
    {
        var info = new FileInfo(fullPath);
        return info.Exists
            ? new TreeFile(name, info.Length, info.LastWriteTimeUtc.Ticks, () => Read(fullPath, largest))
            : new TreeFile(name, 0, 0, () => throw new UserErrorException($"{fullPath}: no such file."));
    }

    public override void Dispose() { }

    private TreeFile Find(ref FileSystemEntry entry, long largest)
    {
        string fullPath = entry.ToFullPath();
        string name = fullPath[(_root.Length + 1)..].Replace('\\', '/');
        // A link's own size is not that of the file it leads to.
        return (entry.Attributes & FileAttributes.ReparsePoint) != 0
            ? At(name, new FileInfo(fullPath).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? fullPath, largest)
            : new TreeFile(name, entry.Length, entry.LastWriteTimeUtc.Ticks, () => Read(fullPath, largest));
    }

    private static byte[] Read(string fullPath, long largest)
    {
        try
        {
            long length = new FileInfo(fullPath).Length;
            return length <= largest
                ? File.ReadAllBytes(fullPath)
                : throw new UserErrorException($"{fullPath}: found {length:N0} bytes, expected at most {largest:N0}.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{fullPath}: cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }
}
