namespace Pupil.Images.Formats.Trees;

/// <summary>
/// An array that is filled from front to back. It is as long as announced at once where the file that fills it may well hold so much, and
/// otherwise grows with what arrives, so that a small damaged file cannot take the memory.
/// </summary>
internal sealed class GrowingBytes
{
    // Photographs shrink to no less than half, handwriting to a fifth.
    private const long UsualExpansion = 8;
    private const long AlwaysGranted = 1 << 16;

    private readonly long _total;
    private byte[] _bytes;
    private int _filled;

    /// <summary>Creates it empty.</summary>
    /// <param name="total">How many bytes it will hold, at most <see cref="Array.MaxLength"/>.</param>
    /// <param name="fileBytes">The size of the files that they come from.</param>
    public GrowingBytes(long total, long fileBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, Array.MaxLength);
        _total = total;
        _bytes = new byte[Math.Min(total, AlwaysGranted + UsualExpansion * fileBytes)];
    }

    /// <summary>The next bytes, zero until they are written; valid until the next call.</summary>
    public Span<byte> Next(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _total - _filled);
        if (length > _bytes.Length - _filled)
            Array.Resize(ref _bytes, (int)Math.Min(_total, Math.Max(2L * _bytes.Length, (long)_filled + length)));
        _filled += length;
        return _bytes.AsSpan(_filled - length, length);
    }

    /// <summary>The array, once it is full.</summary>
    /// <exception cref="InvalidOperationException">It is not full.</exception>
    public byte[] Complete() => _filled == _total
        ? _bytes
        : throw new InvalidOperationException($"{_filled} of {_total} bytes are there.");
}
