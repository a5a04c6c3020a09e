using System.Formats.Tar;
using System.IO.Compression;

namespace Pupil.Tests.Images.Formats.Trees;

/// <summary>Archives of a few files, as bytes.</summary>
internal static class TinyArchives
{
    public static byte[] Zip((string Name, byte[] Bytes)[] files, bool stored = false)
    {
        var target = new MemoryStream();
        using (var zip = new ZipArchive(target, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = zip.CreateEntry(name, stored ? CompressionLevel.NoCompression : CompressionLevel.SmallestSize).Open();
                entry.Write(bytes);
            }
        }
        return target.ToArray();
    }

    public static byte[] Tar((string Name, byte[] Bytes)[] files, Action<TarWriter>? more = null)
    {
        var target = new MemoryStream();
        using (var tar = new TarWriter(target, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
            more?.Invoke(tar);
        }
        return target.ToArray();
    }

    public static byte[] GZip(byte[] bytes, CompressionLevel level = CompressionLevel.Fastest)
    {
        var target = new MemoryStream();
        using (var packed = new GZipStream(target, level))
            packed.Write(bytes);
        return target.ToArray();
    }

    public static byte[] TarGz((string Name, byte[] Bytes)[] files) => GZip(Tar(files));
}
