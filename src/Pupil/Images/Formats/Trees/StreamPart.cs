namespace Pupil.Images.Formats.Trees;

/// <summary>
/// The next bytes of a stream as the input of a decompressor. .NET's decompressors accept truncated data and data that end early.
/// This class detects both: it returns the last byte alone, so that it is read only if needed, and records reads beyond the end.
/// </summary>
internal sealed class StreamPart(Stream whole, long length) : Stream
{
    private long _left = length;
    private bool _readBeyondEnd;

    /// <summary>Whether all bytes were read, and no read went beyond the end.</summary>
    public bool IsExactlyUsed => _left == 0 && !_readBeyondEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw OnlyForward();

    public override long Position { get => throw OnlyForward(); set => throw OnlyForward(); }

    public override int Read(Span<byte> buffer)
    {
        _readBeyondEnd |= _left == 0;
        int taken = whole.Read(buffer[..(int)Math.Min(buffer.Length, _left > 1 ? _left - 1 : _left)]);
        _left -= taken;
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw OnlyForward();

    public override void SetLength(long value) => throw OnlyForward();

    public override void Write(byte[] buffer, int offset, int count) => throw OnlyForward();

    // .NET's contract for the members that a stream lacks, as CanSeek and CanWrite say.
    private static NotSupportedException OnlyForward() => new("This stream is only read, from its start to its end.");
}
