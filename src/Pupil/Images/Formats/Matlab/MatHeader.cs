using System.Buffers.Binary;
using System.Text;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>The first 128 bytes of a MATLAB 5 file: text, an offset of subsystem data, a version and a mark of the byte order.</summary>
internal static class MatHeader
{
    /// <summary>The length of the header in bytes.</summary>
    public const int Bytes = 128;

    private const int VersionPlace = 124;
    private const int MarkPlace = 126;
    private const string Expected = "a MATLAB 5 file (version 5, 6 or 7)";

    /// <summary>Reads and checks the header.</summary>
    /// <returns>Whether the file's numbers are big-endian.</returns>
    /// <exception cref="UserErrorException">The file is not a MATLAB 5 file.</exception>
    public static bool ReadIsBigEndian(Stream stream, string path)
    {
        Span<byte> header = stackalloc byte[Bytes];
        header = header[..DataFile.Fill(stream, header, path)];
        if (header.IsEmpty)
            throw DataFile.Broken(path, "an empty file", Expected);
        if (header.StartsWith("\x89HDF"u8) || header.StartsWith("MATLAB 7.3"u8))
            throw Other(path, "a MATLAB 7.3 file (HDF5)");
        // MATLAB 5 files begin with text, MATLAB 4 files with an integer below 5,000.
        if (header.Length >= 4 && header[..4].Contains((byte)0))
            throw Other(path, "a MATLAB 4 file, or none of MATLAB's");
        bool hasMark = header.Length == Bytes && (header[MarkPlace..].SequenceEqual("IM"u8) || header[MarkPlace..].SequenceEqual("MI"u8));
        if (!hasMark && !header.ContainsAnyExceptInRange((byte)9, (byte)126))
            throw DataFile.Broken(path, $"a text file (it begins with {Beginning(header)})", Expected);
        if (header.Length < Bytes)
            throw DataFile.Broken(path, $"{header.Length} bytes", $"at least the {Bytes} bytes of a MATLAB 5 file's header");
        if (!hasMark)
            throw DataFile.Broken(path, "no mark of MATLAB 5 in bytes 126 and 127", Expected);
        bool isBigEndian = header[MarkPlace] == 'M';
        var place = header[VersionPlace..];
        int version = isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(place) : BinaryPrimitives.ReadUInt16LittleEndian(place);
        return version switch
        {
            0x0100 => isBigEndian,
            0x0200 => throw Other(path, "a MATLAB 7.3 file (HDF5)"),
            _ => throw DataFile.Broken(path, $"version 0x{version:x4} in the header", "0x0100, that of MATLAB 5"),
        };
    }

    private static UserErrorException Other(string path, string found) =>
        new($"{path}: found {found}, expected {Expected}: load it in MATLAB and save it with save(…, '-v7').");

    private static string Beginning(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(20, text.Length)];
        return string.Create(null, $"\"{string.Concat(Encoding.ASCII.GetString(text).Select(c => char.IsControl(c) ? ' ' : c))}\"");
    }
}
