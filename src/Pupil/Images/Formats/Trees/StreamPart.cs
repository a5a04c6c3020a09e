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

    // A stream that only reads forward: .NET's contract for the members that it lacks is this exception.
    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

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

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
