using System.Buffers.Binary;
using System.IO.Compression;

namespace Pupil.Tests.Images.Formats.Mnist;

/// <summary>Writes IDX files after the description on MNIST's page.</summary>
internal static class IdxWriter
{
    /// <summary>Two zeros, the type (8: bytes), the number of dimensions, the sizes with the highest byte first, the bytes.</summary>
    public static byte[] Write(byte[] content, params uint[] sizes) => Write(8, content, sizes);

    public static byte[] Write(byte type, byte[] content, params uint[] sizes)
    {
        var header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (type, (byte)sizes.Length);
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. content];
    }

    public static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>The pixel of an image: another value for each place.</summary>
    public static byte Pixel(int image, int row, int column) => (byte)(1 + (31 * image + 7 * row + 3 * column + row * column) % 250);

    public static byte[] Images(int count, int height, int width)
    {
        var pixels = from image in Enumerable.Range(0, count)
                     from row in Enumerable.Range(0, height)
                     from column in Enumerable.Range(0, width)
                     select Pixel(image, row, column);
        return Write([.. pixels], (uint)count, (uint)height, (uint)width);
    }

    public static int Label(int image) => 7 * image % 10;

    public static byte[] Labels(int count) => Write([.. Enumerable.Range(0, count).Select(image => (byte)Label(image))], (uint)count);
}
