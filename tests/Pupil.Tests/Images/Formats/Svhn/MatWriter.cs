using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Pupil.Tests.Images.Formats.Svhn;

/// <summary>Writes MATLAB 5 files after "MAT-File Format" (The MathWorks, chapter 1), on request with errors.</summary>
internal sealed class MatWriter(bool isBigEndian = false)
{
    public const int Int8 = 1, UInt8 = 2, Int16 = 3, UInt16 = 4, Int32 = 5, UInt32 = 6, Single = 7, Double = 9, Int64 = 12, UInt64 = 13;
    public const int CellClass = 1, StructClass = 2, CharClass = 4, SparseClass = 5, DoubleClass = 6, UInt8Class = 9, OpaqueClass = 17;
    public const int Logical = 2, Complex = 8;

    /// <summary>A file: header and elements.</summary>
    public byte[] File(params byte[][] elements)
    {
        byte[] header = Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, Platform: PCWIN, Created on: Mon Dec  5 21:09:26 2011".PadRight(116));
        using var file = new MemoryStream();
        file.Write([.. header, .. Number(Int32, 0x128), .. new byte[4], .. Number(Int16, 0x0100), .. isBigEndian ? "MI"u8 : "IM"u8]);
        foreach (byte[] element in elements)
            file.Write(element);
        return file.ToArray();
    }

    /// <summary>SVHN's variable of pixels.</summary>
    public byte[] X(int count) => Matrix("X", UInt8Class, [32, 32, 3, count], Element(UInt8, SvhnSample.X(count)));

    /// <summary>SVHN's variable of labels: doubles, stored as bytes.</summary>
    public byte[] Y(int count) => Y(UInt8, SvhnSample.Y(count));

    /// <summary>Labels stored as any type.</summary>
    public byte[] Y(int type, params double[] labels) => Matrix("y", DoubleClass, [labels.Length, 1], Numbers(type, labels));

    /// <summary>A variable.</summary>
    public byte[] Matrix(string name, int kind, int[] dimensions, params byte[][] values) => Matrix(name, kind, 0, dimensions, values);

    /// <summary>A variable with flags: complex, logical.</summary>
    public byte[] Matrix(string name, int kind, int flags, int[] dimensions, params byte[][] values) => Element(14,
    [
        .. Element(UInt32, [.. Number(UInt32, kind | flags << 8), .. Number(UInt32, 0)]),
        .. Numbers(Int32, [.. dimensions.Select(size => (double)size)]),
        .. Element(Int8, Encoding.ASCII.GetBytes(name)),
        .. values.SelectMany(value => value),
    ]);

    /// <summary>Numbers as an element.</summary>
    public byte[] Numbers(int type, params double[] numbers) => Element(type, [.. numbers.SelectMany(number => Number(type, number))]);

    /// <summary>Data with their tag, padded to eight bytes; up to four bytes share them with the tag.</summary>
    public byte[] Element(int type, byte[] data) => data.Length is > 0 and <= 4
        ? [.. Number(UInt32, data.Length << 16 | type), .. data, .. new byte[4 - data.Length]]
        : [.. Tag(type, data.Length), .. data, .. new byte[-data.Length & 7]];

    /// <summary>An element, compressed; what is compressed, and its end, may be changed.</summary>
    public byte[] Compress(byte[] element, Func<byte[], byte[]>? change = null)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(element);
        byte[] bytes = change is null ? packed.ToArray() : change(packed.ToArray());
        return [.. Tag(15, bytes.Length), .. bytes]; // not padded
    }

    /// <summary>The tag before long data.</summary>
    public byte[] Tag(int type, long length) => [.. Number(UInt32, type), .. Number(UInt32, length)];

    private byte[] Number(int type, double value)
    {
        var bytes = new byte[8];
        int size = 8;
        switch (type)
        {
            case Int8 or UInt8: (size, bytes[0]) = (1, (byte)(int)value); break;
            case Int16 or UInt16: size = 2; BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(int)value); break;
            case Int32 or UInt32: size = 4; BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(long)value); break;
            case Single: size = 4; BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)value); break;
            case Double: BinaryPrimitives.WriteDoubleLittleEndian(bytes, value); break;
            default: BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)value); break;
        }
        var number = bytes.AsSpan(0, size);
        if (isBigEndian)
            number.Reverse();
        return number.ToArray();
    }
}
