using System.Buffers.Binary;
using System.IO.Compression;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>Reads a section of a MATLAB file in one pass: tags and numbers in the file's byte order, never beyond its end.</summary>
internal sealed class MatReader : IDisposable
{
    private readonly Stream _stream;
    private readonly StreamPart? _compressed;
    private readonly bool _isBigEndian;
    private readonly string _path;

    private MatReader(Stream stream, StreamPart? compressed, long length, bool isBigEndian, string path) =>
        (_stream, _compressed, Left, _isBigEndian, _path) = (stream, compressed, length, isBigEndian, path);

    /// <summary>The number of bytes left.</summary>
    public long Left { get; private set; }

    /// <summary>Opens a reader of the next <paramref name="length"/> bytes of the file, which stays open.</summary>
    public static MatReader Plain(Stream stream, long length, bool isBigEndian, string path) =>
        new(stream, null, length, isBigEndian, path);

    /// <summary>Opens a reader of the matrix that the next <paramref name="length"/> bytes contain compressed; reads its tag.</summary>
    /// <exception cref="UserErrorException">The data do not contain a matrix of a possible size.</exception>
    public static MatReader Inflate(Stream stream, long length, bool isBigEndian, string path)
    {
        var part = new StreamPart(stream, length);
        var reader = new MatReader(new ZLibStream(part, CompressionMode.Decompress), part, 8, isBigEndian, path);
        try
        {
            var tag = reader.ReadTag();
            if (tag.Type != MatType.Matrix || tag.IsSmall)
                throw DataFile.Broken(path, $"an element of type {tag.Type:d} in compressed data", "a matrix (type 14)");
            if (tag.Length > DataFile.MostInflated(length))
                throw DataFile.Broken(path, $"{length:N0} compressed bytes that claim to hold {tag.Length:N0}", "a possible size");
            reader.Left = tag.Length;
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next bytes.</summary>
    /// <exception cref="UserErrorException">Fewer bytes are left.</exception>
    public void Read(Span<byte> bytes)
    {
        if (bytes.Length > Left)
            throw DataFile.Broken(_path, $"an element with {Left:N0} bytes left", $"at least {bytes.Length:N0}");
        int found = DataFile.Fill(_stream, bytes, _path);
        if (found < bytes.Length)
            throw DataFile.Broken(_path, $"data that end {Left - found:N0} bytes early", "whole ones");
        Left -= found;
    }

    /// <summary>Reads an unsigned 32-bit integer.</summary>
    public uint ReadUInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Reads the tag before data: eight bytes, or four if the data fit into the other four.</summary>
    public MatTag ReadTag()
    {
        uint first = ReadUInt32();
        int smallLength = (int)(first >> 16);
        if (smallLength > 4)
            throw DataFile.Broken(_path, $"a small element of {smallLength:N0} bytes", "at most 4");
        if (smallLength > 0)
            return new MatTag((MatType)(first & 0xffff), smallLength, 4 - smallLength, IsSmall: true);
        uint length = ReadUInt32();
        return new MatTag((MatType)first, length, (int)(-length & 7), IsSmall: false);
    }

    /// <summary>Reads data of a known length and the padding behind them.</summary>
    public void ReadPadded(MatTag tag, Span<byte> bytes)
    {
        Read(bytes);
        Span<byte> padding = stackalloc byte[8];
        Read(padding[..tag.Padding]);
    }

    /// <summary>Checks that only padding is left, and that compressed data end with their element.</summary>
    /// <exception cref="UserErrorException">More data follow, or the ends differ.</exception>
    public void Finish()
    {
        if (Left >= 8)
            throw DataFile.Broken(_path, $"{Left:N0} bytes after a variable's numbers", "its end");
        Span<byte> padding = stackalloc byte[8];
        Read(padding[..(int)Left]);
        if (_compressed is null)
            return;
        if (DataFile.Fill(_stream, padding[..1], _path) > 0)
            throw DataFile.Broken(_path, "more compressed data than the variable takes", "their end");
        if (!_compressed.IsExactlyUsed)
            throw DataFile.Broken(_path, "compressed data that end before or behind their element", "an end at the same place");
    }

    /// <summary>Ends the decompression; the file stays open.</summary>
    public void Dispose()
    {
        if (_compressed is not null)
            _stream.Dispose();
    }
}
