using System.Formats.Tar;
using System.IO.Compression;

namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a tar archive, plain or compressed by gzip. Every enumeration reads it from the start.</summary>
internal sealed class TarTree(string path) : FileTree(path)
{
    public override bool IsArchive => true;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        using var file = OpenFile();
        bool plain = Path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
        using Stream content = plain ? file : new GZipStream(file, CompressionMode.Decompress);
        using var blocks = new TarBlocks(content);
        using var tar = new TarReader(blocks);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        long passed = 0, most = MostBytes(file.Length);
        TarEntry? last = null;
        while (Try(Next) is { } entry)
        {
            passed += Math.Min(entry.Length, most + 1);
            if (passed > most)
                throw Bomb(most, file.Length);
            if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
                continue;
            string name = CheckedName(entry.Name, seen);
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                yield return new TreeFile(name, entry.Length, 0, () => throw NoFile(name));
                continue;
            }
            byte[]? bytes = wanted(name) ? Try(() => ReadAll(entry.DataStream ?? Stream.Null, name, entry.Length, largest)) : null;
            yield return new TreeFile(name, entry.Length, 0,
                () => bytes ?? throw new InvalidOperationException($"'{name}' was not among the wanted files."));
        }
        // Without this check, an archive that is cut off between two files would be accepted.
        if (!blocks.AtEnd)
            throw Broken("no mark at its end", "a whole archive");
        if (!plain && !Try(() => ReadOn(content, most)))
            throw Bomb(most, file.Length);

        TarEntry? Next()
        {
            // The TarReader passes over the content of a stream that cannot seek by reading it: it must not be taken for headers.
            if (!plain)
                last?.DataStream?.CopyTo(Stream.Null);
            blocks.ReadsHeaders = true;
            last = tar.GetNextEntry();
            blocks.ReadsHeaders = false;
            return last;
        }
    }

    public override void Dispose() { }

    // Reads to the end, where gzip checks the content's checksum.
    private static bool ReadOn(Stream content, long most)
    {
        var buffer = new byte[1 << 16];
        int read;
        while (most >= 0 && (read = content.Read(buffer)) > 0)
            most -= read;
        return most >= 0;
    }

    private UserErrorException NoFile(string name) =>
        new($"{Path}: found '{Shown(name)}' to be a link or another special entry, expected a file; "
            + "unpack the archive and give the folder.");

    private FileStream OpenFile()
    {
        try
        {
            return RegularFile.OpenRead(Path, buffer: 1 << 16);
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
        catch (Exception error) when (error is InvalidDataException or IOException or FormatException or ArgumentException
            or OverflowException or NotSupportedException)
        {
            throw Broken($"a part that cannot be read ({Shown(error.Message)})", "a whole archive", error);
        }
    }
}
