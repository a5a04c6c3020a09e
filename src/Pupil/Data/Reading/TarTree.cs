using System.Formats.Tar;
using System.IO.Compression;

namespace Pupil.Data.Reading;

/// <summary>The files of a tar archive, plain or compressed by gzip. It can only be walked through from the start.</summary>
internal sealed class TarTree(string path) : FileTree(path)
{
    // A real data set shrinks by less; a bomb by a thousand.
    private const int LargestRatio = 100;
    private const long NeverABomb = 1L << 30;

    public override bool IsArchive => true;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        using var file = OpenFile();
        long most = Math.Max(NeverABomb, LargestRatio * file.Length);
        using Stream content = Path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? file : new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(content);
        long passed = 0;
        while (Try(() => tar.GetNextEntry()) is { } entry)
        {
            passed += entry.Length;
            if (passed > most)
                throw Broken($"more than {most:N0} bytes out of {file.Length:N0}", $"at most {LargestRatio} times the archive's size");
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            string name = CheckedName(entry.Name);
            byte[]? bytes = wanted(name) ? Try(() => ReadAll(entry.DataStream ?? Stream.Null, name, entry.Length, largest)) : null;
            yield return new TreeFile(name, entry.Length, 0, () => bytes ?? throw new InvalidOperationException($"'{name}' was not asked for."));
        }
    }

    public override void Dispose() { }

    private FileStream OpenFile()
    {
        try
        {
            return new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }

    private T Try<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is InvalidDataException or IOException or FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw Broken($"a part that cannot be read ({error.Message.ReplaceLineEndings(" ")})", "a whole archive", error);
        }
    }
}
