namespace Pupil.Images.Formats.Trees;

/// <summary>
/// A stretch of a stream, from where it stands, for a decompressor. .NET's says nothing when compressed data are cut off, or end before the
/// stretch does. This tells both: the last byte is handed over alone, so that only who needs it takes it, and asking for more is noted.
/// </summary>
internal sealed class StreamPart(Stream whole, long length) : Stream
{
    private long _left = length;
    private bool _askedForMore;

    /// <summary>Whether all bytes were taken, and no more were wanted.</summary>
    public bool IsExactlyUsed => _left == 0 && !_askedForMore;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        _askedForMore |= _left == 0;
        int taken = whole.Read(buffer[..(int)Math.Min(buffer.Length, _left > 1 ? _left - 1 : _left)]);
        _left -= taken;
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
