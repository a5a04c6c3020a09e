using System.Collections.ObjectModel;
using System.IO.Compression;

namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a zip archive.</summary>
internal sealed class ZipTree : FileTree
{
    private readonly ZipArchive _archive;
    private readonly long _bytes;
    private readonly Lock _turn = new();

    public ZipTree(string path) : base(path)
    {
        FileStream? file = null;
        try
        {
            file = RegularFile.OpenRead(path, buffer: 1 << 16);
            _bytes = file.Length;
            _archive = new ZipArchive(file);
        }
        catch (InvalidDataException error)
        {
            file?.Dispose();
            throw Broken($"no zip archive, or a part of one ({Shown(error.Message)})", "a whole zip archive", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}).", error);
        }
    }

    public override bool IsArchive => true;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        long unpacked = 0, most = MostBytes(_bytes);
        foreach (var entry in Entries())
        {
            string name = CheckedName(entry.FullName, seen);
            // Sums the declared sizes; no file is read beyond its own.
            unpacked += Math.Min(entry.Length, most + 1);
            if (unpacked > most)
                throw Bomb(most, _bytes);
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
            throw Broken($"a list of files that cannot be read ({Shown(error.Message)})", "a whole one", error);
        }
    }

    // One reader at a time: all entries share the position in the file.
    private byte[] Read(ZipArchiveEntry entry, string name, long largest)
    {
        if (entry.IsEncrypted)
            throw new UserErrorException($"{Path}: found '{Shown(name)}' encrypted, expected an archive without a password; "
                + "unpack it and give the folder.");
        lock (_turn)
        {
            try
            {
                using var stream = entry.Open();
                byte[] bytes = ReadAll(stream, name, entry.Length, largest);
                return Crc32(bytes) == entry.Crc32
                    ? bytes : throw Broken($"content of '{Shown(name)}' that contradicts its checksum", "an undamaged archive");
            }
            catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
            {
                throw new UserErrorException($"{Path}: found '{Shown(name)}', which cannot be unpacked ({Shown(error.Message)}), "
                    + "expected it stored or packed by deflate; get the archive again, or unpack it and give the folder.", error);
            }
        }
    }

    private static uint Crc32(byte[] bytes) => System.IO.Hashing.Crc32.HashToUInt32(bytes);
}
