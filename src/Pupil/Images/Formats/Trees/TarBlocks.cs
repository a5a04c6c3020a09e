namespace Pupil.Images.Formats.Trees;

/// <summary>
/// Inspects the blocks of a tar archive before the <c>TarReader</c> gets them. That reader allocates two gigabytes for a name whose
/// entry declares that length. It also does not distinguish an archive's end mark from the end of the file.
/// </summary>
/// <param name="content">The decompressed archive.</param>
internal sealed class TarBlocks(Stream content) : Stream
{
    private const int BlockBytes = 512, SizeAt = 124, SizeDigits = 12, KindAt = 156;
    private const long LongestText = 1 << 20;

    private bool _isTextNext;

    /// <summary>Whether the <c>TarReader</c> looks for the next header, and not for a file's content.</summary>
    public bool ReadsHeaders { get; set; }

    /// <summary>Whether the last block was the archive's end mark.</summary>
    public bool AtEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => content.CanSeek;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position { get => content.Position; set => content.Position = value; }

    public override int Read(Span<byte> buffer)
    {
        // The TarReader reads headers block by block.
        if (!ReadsHeaders || buffer.Length != BlockBytes)
            return content.Read(buffer);
        int read = content.ReadAtLeast(buffer, BlockBytes, throwOnEndOfStream: false);
        (bool isText, _isTextNext) = (_isTextNext, false);
        if (isText)
            return read;
        AtEnd = read == BlockBytes && !buffer.ContainsAnyExcept((byte)0);
        if (read < BlockBytes || !BeginsText(buffer))
            return read;
        long size = Size(buffer[SizeAt..(SizeAt + SizeDigits)]);
        _isTextNext = size == BlockBytes;
        return size <= LongestText ? read : throw new InvalidDataException($"A name of {size:N0} bytes.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw OnlyRead();

    public override void Write(byte[] buffer, int offset, int count) => throw OnlyRead();

    // .NET's contract for the members that a stream lacks, as CanWrite says.
    private static NotSupportedException OnlyRead() => new("This stream is only read.");

    // Whether a header begins an extended header (POSIX) or a long name (GNU). The TarReader reads one also in the oldest format.
    private static bool BeginsText(ReadOnlySpan<byte> header) => header[KindAt] is (byte)'x' or (byte)'g' or (byte)'L' or (byte)'K';

    // Octal digits, or a binary number if the highest bit is set, which no allowed length needs.
    private static long Size(ReadOnlySpan<byte> field)
    {
        if (field[0] >= 0x80)
            return long.MaxValue;
        long size = 0;
        foreach (byte digit in field)
            size = digit is >= (byte)'0' and <= (byte)'7' ? 8 * size + digit - '0' : size;
        return size;
    }
}
