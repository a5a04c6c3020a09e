using System.Buffers.Binary;
using System.Text;

namespace Pupil.Interop.PyTorch;

/// <summary>Reads the numbers and texts that a pickle consists of; never more than the file holds.</summary>
/// <param name="stream">The file; can seek.</param>
/// <param name="path">Its name in messages.</param>
internal sealed class PickleStream(Stream stream, string path)
{
    private const int LongestLine = 4096;

    /// <summary>The next byte.</summary>
    public byte Byte()
    {
        int value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw Ends();
    }

    /// <summary>Two bytes, without sign.</summary>
    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    /// <summary>Four bytes, with sign.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    /// <summary>Four bytes, without sign.</summary>
    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>Eight bytes, with sign.</summary>
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    /// <summary>Eight bytes, the highest first.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    /// <summary>So many bytes.</summary>
    public byte[] Bytes(long count)
    {
        if (count < 0 || count > stream.Length - stream.Position)
            throw Ends();
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>So many bytes of UTF-8.</summary>
    public string Text(long count)
    {
        try
        {
            // Python writes half surrogate pairs as they are; no name of a weight holds one.
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(count));
        }
        catch (ArgumentException)
        {
            throw Broken("a text that is not UTF-8");
        }
    }

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        var text = new StringBuilder();
        for (byte letter = Byte(); letter != '\n'; letter = Byte())
        {
            if (text.Length == LongestLine)
                throw Broken($"a line of over {LongestLine} letters");
            text.Append((char)letter);
        }
        return text.ToString();
    }

    /// <summary>The error for something that cannot be.</summary>
    public UserErrorException Broken(string found) =>
        new($"{path}: found {found} at byte {stream.Position}; expected a PyTorch file as torch.save writes it: get it again, or save it again.");

    private UserErrorException Ends() => new($"{path}: ends in the middle, at byte {stream.Length}; get it again.");
}
