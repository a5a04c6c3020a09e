namespace Pupil.Images.Formats.Packed;

/// <summary>
/// The slots of the images in a packed data set that is being written: equal numbers of bytes, written in any order and from any thread.
/// </summary>
internal abstract class PackedPixels
{
    /// <summary>The shards that the slots lie in; null if they lie in the file with the labels.</summary>
    public virtual PackedCardShards? Shards => null;

    /// <summary>Writes bytes at a place among those of all slots.</summary>
    public abstract void Write(ReadOnlySpan<byte> bytes, long place);

    /// <summary>Reads the bytes from a place on.</summary>
    /// <exception cref="EndOfStreamException">They were not written.</exception>
    public abstract void Read(Span<byte> target, long place);

    /// <summary>Ends the writing after the last image.</summary>
    /// <param name="bytes">The number of bytes of all images.</param>
    public virtual void Finish(long bytes)
    {
    }

    /// <summary>Reads bytes of a file.</summary>
    protected static void Read(FileStream file, Span<byte> target, long start)
    {
        for (int filled = 0, read; filled < target.Length; filled += read)
        {
            read = RandomAccess.Read(file.SafeFileHandle, target[filled..], start + filled);
            if (read == 0)
                throw new EndOfStreamException("A written image is missing in the file.");
        }
    }
}
