using Pupil.Core;

namespace Pupil.Images.Formats.Trees;

/// <summary>Files by name: a folder, or an archive that is read where it lies. Nothing is ever unpacked to the disk.</summary>
/// <param name="path">The folder or archive, as the user gave it.</param>
internal abstract class FileTree(string path) : IDisposable
{
    /// <summary>More is taken for a bomb: no picture or data file of a set is as large (CIFAR-10's are 31 MB).</summary>
    public const long LargestFile = 1L << 30;

    // A real data set shrinks by less; a bomb by a thousand.
    private const int LargestRatio = 100;

    private static readonly string[] ZipEndings = [".zip"];
    private static readonly string[] TarEndings = [".tar", ".tar.gz", ".tgz"];

    /// <summary>The folder or archive, as the user gave it.</summary>
    public string Path { get; } = path;

    /// <summary>Whether this is one file that can be hashed in place of its contents.</summary>
    public abstract bool IsArchive { get; }

    /// <summary>Opens a folder, <c>.zip</c>, <c>.tar</c>, <c>.tar.gz</c> or <c>.tgz</c>.</summary>
    /// <exception cref="UserErrorException">There is no such thing, or it cannot be read.</exception>
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

    /// <summary>Whether the name is that of an archive that can be read.</summary>
    public static bool IsArchiveName(string path) => HasEnding(path, ZipEndings) || HasEnding(path, TarEndings);

    /// <summary>The files, in the order in which they are stored.</summary>
    /// <param name="wanted">Which files will be read, by name; only these can be. An archive reads them while it is walked through.</param>
    /// <param name="largest">The most bytes that one of these may have.</param>
    /// <exception cref="UserErrorException">The archive is broken, or a name in it leads out of it.</exception>
    public abstract IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile);

    /// <summary>The names and sizes of all files.</summary>
    /// <exception cref="UserErrorException">The archive is broken, or a name in it leads out of it.</exception>
    public IReadOnlyList<TreeFile> List() => [.. Files(_ => false)];

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The most bytes that the files of an archive may have together.</summary>
    /// <param name="archive">The archive's own size.</param>
    protected static long MostBytes(long archive) => Math.Max(LargestFile, LargestRatio * archive);

    /// <summary>The error for an archive that would fill the memory or never end.</summary>
    protected UserErrorException Bomb(long most, long archive) =>
        Broken($"more than {most:N0} bytes packed in {archive:N0}", $"at most {LargestRatio} times the archive's size");

    /// <summary>The name with forward slashes, checked: it must stay within the archive, and be the only one.</summary>
    /// <param name="name">The name as it is stored.</param>
    /// <param name="seen">The names before it, to which it is added.</param>
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

    /// <summary>The error for an archive that cannot be used.</summary>
    protected UserErrorException Broken(string found, string expected, Exception? cause = null) =>
        new($"{Path}: found {found}, expected {expected}; the archive is damaged or not to be trusted: get it again.", cause ?? new InvalidDataException(found));

    /// <summary>Reads a stream to its end, with bounds.</summary>
    protected byte[] ReadAll(Stream stream, string name, long length, long largest)
    {
        if (length > largest)
            throw Broken($"{length:N0} bytes in '{Shown(name)}'", $"at most {largest:N0}");
        // The declared length is not trusted with memory: it is taken in steps as the bytes arrive.
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

    /// <summary>A name from an archive, fit for one line.</summary>
    protected static string Shown(string name) => SafeTensorsHeader.Show(name);

    private static bool HasEnding(string path, string[] endings) => endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
