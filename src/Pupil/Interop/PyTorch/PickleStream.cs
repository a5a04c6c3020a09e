using System.Buffers.Binary;
using System.Text;

namespace Pupil.Interop.PyTorch;

/// <summary>Reads the numbers and texts of a pickle; never allocates more than the file holds.</summary>
/// <param name="stream">The file; must support seeking.</param>
/// <param name="path">The file's name in messages.</param>
internal sealed class PickleStream(Stream stream, string path)
{
    private const int LongestLine = 4096;

    /// <summary>The length of the file in bytes.</summary>
    public long Length => stream.Length;

    /// <summary>Reads the next byte.</summary>
    public byte Byte()
    {
        int value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw Ends();
    }

    /// <summary>Reads an unsigned 16-bit integer, little-endian.</summary>
    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    /// <summary>Reads a signed 32-bit integer, little-endian.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    /// <summary>Reads an unsigned 32-bit integer, little-endian.</summary>
    public long UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>Reads a signed 64-bit integer, little-endian.</summary>
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    /// <summary>Reads a 64-bit floating-point number, big-endian.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    /// <summary>Reads <paramref name="count"/> bytes.</summary>
    public byte[] Bytes(long count)
    {
        if (count < 0 || count > stream.Length - stream.Position)
            throw Ends();
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads a text of <paramref name="count"/> bytes in UTF-8.</summary>
    public string Text(long count)
    {
        try
        {
            // Python writes halves of surrogate pairs unchanged; names of weights contain none.
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(count));
        }
        catch (ArgumentException)
        {
            throw Broken("a text that is not UTF-8");
        }
    }

    /// <summary>Reads the text up to the end of the line, at most 4,096 characters.</summary>
    public string Line()
    {
        var text = new StringBuilder();
        for (byte letter = Byte(); letter != '\n'; letter = Byte())
        {
            if (text.Length == LongestLine)
                throw Broken($"a line of over {LongestLine} characters");
            text.Append((char)letter);
        }
        return text.ToString();
    }

    /// <summary>Returns the error for content that breaks the rules of a pickle.</summary>
    public UserErrorException Broken(string found) => new($"{path}: found {found} at byte {stream.Position}, "
        + "expected a PyTorch file as torch.save writes it; get it again, or save it again.");

    private UserErrorException Ends() =>
        new($"{path}: found its end within a value, at byte {stream.Length}, expected a whole file; get it again.");
}
