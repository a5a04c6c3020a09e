using System.Buffers.Binary;
using System.IO.Compression;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Mnist;

/// <summary>
/// An IDX file of bytes, the layout of MNIST (LeCun, Cortes, Burges). It has two zeros, the type 8, the number of dimensions, their
/// sizes as big-endian 32-bit numbers, and the bytes with the last dimension fastest. Plain, or compressed by gzip.
/// </summary>
internal sealed class IdxFile : IDisposable
{
    private const byte ByteType = 8;

    private readonly Stream _stream;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="file">The file, which this object then owns.</param>
    /// <param name="path">The file's name in errors.</param>
    /// <param name="dimensions">The required number of dimensions.</param>
    /// <exception cref="UserErrorException">The file is not an IDX file, or its length contradicts its sizes.</exception>
    public IdxFile(Stream file, string path, int dimensions)
    {
        (_stream, Path, FileBytes) = (file, path, file.Length);
        try
        {
            long? content = ContentBytes(file, path);
            if (content is not null)
                _stream = new GZipStream(file, CompressionMode.Decompress);
            Dimensions = ReadDimensions(dimensions);
            CheckLength(4 + 4 * dimensions + Dimensions.Aggregate(1L, (product, size) => product * size), content);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>The sizes, each at least 1, with a product of at most <see cref="Array.MaxLength"/>.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The file's name in errors.</summary>
    public string Path { get; }

    /// <summary>The file's size in bytes.</summary>
    public long FileBytes { get; }

    /// <summary>Reads the next bytes.</summary>
    /// <exception cref="UserErrorException">Fewer bytes are left.</exception>
    public void Read(Span<byte> bytes)
    {
        int found = DataFile.Fill(_stream, bytes, Path);
        if (found < bytes.Length)
            throw DataFile.Broken(Path, $"data that end {bytes.Length - found:N0} bytes too early", "as many as its header declares");
    }

    /// <summary>Checks that no byte is left.</summary>
    /// <exception cref="UserErrorException">More bytes follow.</exception>
    public void Finish()
    {
        if (DataFile.Fill(_stream, stackalloc byte[1], Path) > 0)
            throw DataFile.Broken(Path, "more bytes than its sizes declare", "their end");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    // Returns the length that gzip stores at its end, modulo 2³²; null for a plain file. .NET accepts a truncated file silently;
    // a comparison with this length finds it.
    private static long? ContentBytes(Stream file, string path)
    {
        Span<byte> bytes = stackalloc byte[4];
        bool isPacked = DataFile.Fill(file, bytes, path) >= 2 && bytes is [0x1f, 0x8b, ..];
        if (!isPacked)
        {
            file.Position = 0;
            return null;
        }
        file.Position = Math.Max(0, file.Length - 4);
        if (file.Length < 18 || DataFile.Fill(file, bytes, path) < 4)
            throw DataFile.Broken(path, $"{file.Length} bytes of gzip", "at least 18");
        file.Position = 0;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private int[] ReadDimensions(int expected)
    {
        Span<byte> start = stackalloc byte[4];
        Read(start);
        if (start is not [0, 0, ByteType, _] || start[3] != expected)
        {
            throw DataFile.Broken(Path, $"the first bytes {Convert.ToHexStringLower(start)}",
                $"0000{ByteType:x2}{expected:x2} (an IDX file of {(expected == 1 ? "labels" : "images")})");
        }
        var dimensions = new int[expected];
        long total = 1;
        for (int i = 0; i < expected; i++)
        {
            Read(start);
            uint size = BinaryPrimitives.ReadUInt32BigEndian(start);
            if (size == 0 || size > Array.MaxLength || (total *= size) > Array.MaxLength)
            {
                throw DataFile.Broken(Path, $"the size {size:N0} as number {i + 1} of {expected}",
                    $"1 or more, in all at most {Array.MaxLength:N0} bytes");
            }
            dimensions[i] = (int)size;
        }
        return dimensions;
    }

    private void CheckLength(long expected, long? content)
    {
        if (content is null && FileBytes != expected)
            throw DataFile.Broken(Path, $"{FileBytes:N0} bytes", $"{expected:N0}, which its sizes {string.Join('×', Dimensions)} take");
        if (content is not null && (content != (uint)expected || expected > DataFile.MostInflated(FileBytes)))
        {
            throw DataFile.Broken(Path, $"{FileBytes:N0} bytes of gzip whose end declares {content:N0}",
                $"{expected:N0}, which its sizes {string.Join('×', Dimensions)} take, in one piece");
        }
    }
}
