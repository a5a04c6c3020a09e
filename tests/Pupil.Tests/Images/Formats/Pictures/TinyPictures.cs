using System.Buffers.Binary;

namespace Pupil.Tests.Images.Formats.Pictures;

/// <summary>Pictures with known pixels: BMP, which stores them uncompressed.</summary>
internal static class TinyPictures
{
    private const int HeaderBytes = 54;

    /// <summary>Returns noise as H×W×3 bytes, RGB; the same arguments give the same bytes.</summary>
    public static byte[] Noise(int height, int width, int seed)
    {
        var pixels = new byte[height * width * 3];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    /// <summary>A BMP of 24 bits.</summary>
    public static byte[] Bmp(byte[] pixels, int height, int width)
    {
        int stride = (3 * width + 3) / 4 * 4;
        var file = new byte[HeaderBytes + height * stride];
        (file[0], file[1]) = ((byte)'B', (byte)'M');
        Write(2, file.Length);
        Write(10, HeaderBytes);
        Write(14, 40);
        Write(18, width);
        Write(22, height);
        Write(26, 1 | 24 << 16);
        Write(34, height * stride);
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                int from = (row * width + column) * 3, to = HeaderBytes + (height - 1 - row) * stride + 3 * column;
                (file[to], file[to + 1], file[to + 2]) = (pixels[from + 2], pixels[from + 1], pixels[from]);
            }
        }
        return file;

        void Write(int at, int number) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), number);
    }

    /// <summary>A BMP of noise.</summary>
    public static byte[] Bmp(int seed, int height = 8, int width = 8) => Bmp(Noise(height, width, seed), height, width);
}
