using System.Buffers.Binary;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>Reads the values of a numeric variable in their order.</summary>
internal sealed class MatNumbers : IDisposable
{
    private readonly MatReader _reader;
    private readonly bool _isBigEndian;

    private MatNumbers(MatReader reader, MatType type, int size, bool isBigEndian) =>
        (_reader, Type, Size, _isBigEndian) = (reader, type, size, isBigEndian);

    /// <summary>The stored type of the numbers.</summary>
    public MatType Type { get; }

    /// <summary>The size of one number in bytes.</summary>
    public int Size { get; }

    /// <summary>Starts reading after a check that <paramref name="count"/> numbers are stored.</summary>
    /// <exception cref="UserErrorException">Another count or type of numbers is stored.</exception>
    public static MatNumbers Open(MatReader reader, MatArray array, long count)
    {
        string path = array.Element.Path;
        var tag = reader.ReadTag();
        int size = SizeOf(tag.Type);
        if (size == 0)
            throw DataFile.Broken(path, $"the numbers of {array.Name} stored as type {tag.Type:d}", "a numeric type");
        if (tag.Length != count * size)
            throw DataFile.Broken(path, $"{tag.Length:N0} bytes for {array.Name} ({array})", $"{count * size:N0}");
        if (tag.Length > reader.Left)
            throw DataFile.Broken(path, $"{reader.Left:N0} bytes where {array.Name} ({array}) should lie", $"{tag.Length:N0}");
        return new MatNumbers(reader, tag.Type, size, array.Element.IsBigEndian);
    }

    /// <summary>Reads stored bytes without conversion.</summary>
    public void ReadBytes(Span<byte> bytes) => _reader.Read(bytes);

    /// <summary>Reads one number.</summary>
    public double ReadNumber()
    {
        Span<byte> number = stackalloc byte[8];
        number = number[..Size];
        _reader.Read(number);
        return Number(Type, number, _isBigEndian);
    }

    /// <summary>Returns a stored number; its bytes may be reversed.</summary>
    public static double Number(MatType type, Span<byte> number, bool isBigEndian)
    {
        if (isBigEndian)
            number.Reverse();
        return type switch
        {
            MatType.Int8 => (sbyte)number[0],
            MatType.UInt8 => number[0],
            MatType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(number),
            MatType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(number),
            MatType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(number),
            MatType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(number),
            MatType.Single => BinaryPrimitives.ReadSingleLittleEndian(number),
            MatType.Double => BinaryPrimitives.ReadDoubleLittleEndian(number),
            MatType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(number),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(number),
        };
    }

    /// <summary>Checks that no data follow the last number.</summary>
    /// <exception cref="UserErrorException">More data follow.</exception>
    public void Finish() => _reader.Finish();

    /// <summary>Ends the decompression; the file stays open.</summary>
    public void Dispose() => _reader.Dispose();

    /// <summary>Returns the size of a number of a type in bytes; 0 for a type that is none.</summary>
    public static int SizeOf(MatType type) => type switch
    {
        MatType.Int8 or MatType.UInt8 => 1,
        MatType.Int16 or MatType.UInt16 => 2,
        MatType.Int32 or MatType.UInt32 or MatType.Single => 4,
        MatType.Double or MatType.Int64 or MatType.UInt64 => 8,
        _ => 0,
    };
}
