using Pupil.Core;

namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a folder or archive by name. An archive is read in place and never unpacked to the disk.</summary>
/// <param name="path">The folder or archive, as given by the user.</param>
internal abstract class FileTree(string path) : IDisposable
{
    /// <summary>The largest file in bytes; larger ones are refused as decompression bombs. CIFAR-10's files have 31 MB.</summary>
    public const long LargestFile = 1L << 30;

    // The expansion of real data sets is smaller, that of a decompression bomb about a thousand.
    private const int LargestRatio = 100;

    private static readonly string[] ZipEndings = [".zip"];
    private static readonly string[] TarEndings = [".tar", ".tar.gz", ".tgz"];

    /// <summary>The folder or archive, as given by the user.</summary>
    public string Path { get; } = path;

    /// <summary>Whether this is a single file, which can be hashed in place of its contents.</summary>
    public abstract bool IsArchive { get; }

    /// <summary>Opens a folder, <c>.zip</c>, <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c>.</summary>
    /// <exception cref="UserErrorException">The path is missing, unreadable or of another kind.</exception>
    public static FileTree Open(string path)
    {
        if (Directory.Exists(path))
            return new FolderTree(path);
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: no such file or folder; check the path.");
        if (HasEnding(path, ZipEndings))
            return new ZipTree(path);
        if (HasEnding(path, TarEndings))
            return new TarTree(path);
        throw new UserErrorException($"{path}: found another kind of file, expected a folder or an archive "
            + $"({string.Join(", ", ZipEndings.Concat(TarEndings))}).");
    }

    /// <summary>Whether the name is that of a readable archive.</summary>
    public static bool IsArchiveName(string path) => HasEnding(path, ZipEndings) || HasEnding(path, TarEndings);

    /// <summary>Enumerates the files in their stored order.</summary>
    /// <param name="wanted">Whether a file will be read, by its name; only these can be. An archive reads them during the pass.</param>
    /// <param name="largest">The largest size of a wanted file, in bytes.</param>
    /// <exception cref="UserErrorException">The archive is broken, or a name in it leads out of it.</exception>
    public abstract IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile);

    /// <summary>Lists the names and sizes of all files.</summary>
    /// <exception cref="UserErrorException">The archive is broken, or a name in it leads out of it.</exception>
    public IReadOnlyList<TreeFile> List() => [.. Files(_ => false)];

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Returns the largest total size of an archive's files, in bytes.</summary>
    /// <param name="archive">The archive's own size in bytes.</param>
    protected static long MostBytes(long archive) => Math.Max(LargestFile, LargestRatio * archive);

    /// <summary>Returns the error for a decompression bomb.</summary>
    protected UserErrorException Bomb(long most, long archive) =>
        Broken($"more than {most:N0} bytes packed in {archive:N0}", $"at most {LargestRatio} times the archive's size");

    /// <summary>Returns a name with forward slashes after a check that it stays within the archive and is unique.</summary>
    /// <param name="name">The stored name.</param>
    /// <param name="seen">The names before it; receives the name.</param>
    protected string CheckedName(string name, HashSet<string> seen)
    {
        string plain = name.Replace('\\', '/');
        while (plain.StartsWith("./", StringComparison.Ordinal))
            plain = plain[2..];
        bool leaves = plain.StartsWith('/') || plain is [_, ':', ..] || plain.Split('/').Contains("..");
        if (leaves || plain.Any(char.IsControl))
            throw Broken($"an entry named '{Shown(name)}'", "names inside of the archive");
        return seen.Add(plain) ? plain : throw Broken($"two files '{Shown(name)}'", "each name once");
    }

    /// <summary>Returns the error for an archive that cannot be used.</summary>
    protected UserErrorException Broken(string found, string expected, Exception? cause = null) =>
        new($"{Path}: found {found}, expected {expected}; the archive is damaged or not to be trusted: get it again.",
            cause ?? new InvalidDataException(found));

    /// <summary>Reads a stream to its end, which must come after <paramref name="length"/> bytes.</summary>
    protected byte[] ReadAll(Stream stream, string name, long length, long largest)
    {
        if (length > largest)
            throw Broken($"{length:N0} bytes in '{Shown(name)}'", $"at most {largest:N0}");
        // Memory grows with the bytes that arrive: the declared length may be false.
        var bytes = new byte[(int)Math.Min(length, 1 << 20)];
        int filled = 0;
        while (true)
        {
            if (filled == bytes.Length)
            {
                if (filled == length)
                    break;
                Array.Resize(ref bytes, (int)Math.Min(length, 4L * bytes.Length));
            }
            int read = stream.Read(bytes, filled, bytes.Length - filled);
            if (read == 0)
                throw Broken($"{filled:N0} bytes in '{Shown(name)}'", $"{length:N0}");
            filled += read;
        }
        return stream.ReadByte() < 0 ? bytes : throw Broken($"more than {length:N0} bytes in '{Shown(name)}'", "as many as it declares");
    }

    /// <summary>Returns a name from an archive fit for one line of a message.</summary>
    protected static string Shown(string name) => SafeTensorsHeader.Show(name);

    private static bool HasEnding(string path, string[] endings) =>
        endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
