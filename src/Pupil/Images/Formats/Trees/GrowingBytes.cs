namespace Pupil.Images.Formats.Trees;

/// <summary>
/// An array that is filled from front to back. It has its full length at once if the source file is large enough for it. Otherwise it
/// grows with the bytes that arrive, so that a small damaged file cannot allocate much memory.
/// </summary>
internal sealed class GrowingBytes
{
    // Photographs compress to half or more of their size, handwriting to a fifth.
    private const long UsualExpansion = 8;
    private const long AlwaysGranted = 1 << 16;

    private readonly long _total;
    private byte[] _bytes;
    private int _filled;

    /// <summary>Creates an empty array.</summary>
    /// <param name="total">The final number of bytes, at most <see cref="Array.MaxLength"/>.</param>
    /// <param name="fileBytes">The size of the source files in bytes.</param>
    public GrowingBytes(long total, long fileBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, Array.MaxLength);
        _total = total;
        _bytes = new byte[Math.Min(total, AlwaysGranted + UsualExpansion * fileBytes)];
    }

    /// <summary>Returns the next <paramref name="length"/> bytes, which are 0; valid until the next call.</summary>
    public Span<byte> Next(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _total - _filled);
        if (length > _bytes.Length - _filled)
            Array.Resize(ref _bytes, (int)Math.Min(_total, Math.Max(2L * _bytes.Length, (long)_filled + length)));
        _filled += length;
        return _bytes.AsSpan(_filled - length, length);
    }

    /// <summary>Returns the full array.</summary>
    /// <exception cref="InvalidOperationException">The array is not full.</exception>
    public byte[] Complete() => _filled == _total
        ? _bytes
        : throw new InvalidOperationException($"{_filled} of {_total} bytes are filled.");
}
