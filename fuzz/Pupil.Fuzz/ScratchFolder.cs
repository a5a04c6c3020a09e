namespace Pupil.Fuzz;

/// <summary>A folder for readers of files, removed at the end. fuzz/run names a place in memory by <c>TMPDIR</c>.</summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>The folder's full path.</summary>
    public string FullPath { get; } = Directory.CreateTempSubdirectory("pupil-fuzz-").FullName;

    /// <summary>Returns the full path of a file or folder in it, which need not exist.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    /// <summary>Writes a file and returns its path. A file that is mapped into memory keeps its old content.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = this[name];
        File.Delete(path);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Creates a file unless it exists, and returns its path.</summary>
    public string Once(string name, Func<byte[]> content)
    {
        string path = this[name];
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content());
        }
        return path;
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
