using System.Collections.ObjectModel;
using System.IO.Compression;

namespace Pupil.Data.Reading;

/// <summary>The files of a zip archive.</summary>
internal sealed class ZipTree : FileTree
{
    private readonly ZipArchive _archive;
    private readonly Lock _turn = new();

    public ZipTree(string path) : base(path)
    {
        try
        {
            _archive = new ZipArchive(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16));
        }
        catch (InvalidDataException error)
        {
            throw Broken($"no zip archive, or a part of one ({error.Message.ReplaceLineEndings(" ")})", "a whole one", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }

    public override bool IsArchive => true;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        foreach (var entry in Entries())
        {
            string name = CheckedName(entry.FullName);
            if (!name.EndsWith('/'))
                yield return new TreeFile(name, entry.Length, 0, () => Read(entry, name, largest));
        }
    }

    public override void Dispose() => _archive.Dispose();

    private ReadOnlyCollection<ZipArchiveEntry> Entries()
    {
        try
        {
            return _archive.Entries;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException or OverflowException)
        {
            throw Broken($"a list of files that cannot be read ({error.Message.ReplaceLineEndings(" ")})", "a whole one", error);
        }
    }

    // One reader at a time: the archive has one place in its file.
    private byte[] Read(ZipArchiveEntry entry, string name, long largest)
    {
        lock (_turn)
        {
            try
            {
                using var stream = entry.Open();
                byte[] bytes = ReadAll(stream, name, entry.Length, largest);
                return Crc32(bytes) == entry.Crc32 ? bytes : throw Broken($"other content in '{Shown(name)}' than its checksum tells", "an undamaged archive");
            }
            catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
            {
                throw Broken($"'{Shown(name)}', which cannot be unpacked ({error.Message.ReplaceLineEndings(" ")})", "files packed by deflate", error);
            }
        }
    }

    private static uint Crc32(byte[] bytes) => System.IO.Hashing.Crc32.HashToUInt32(bytes);
}
