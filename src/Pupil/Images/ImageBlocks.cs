using Pupil.Core;

namespace Pupil.Images;

/// <summary>
/// The blocks of neighbouring images that a set too large for memory is read in. Training takes the blocks in random order, and shuffles
/// the images of many together.
/// </summary>
/// <param name="Pixels">The pixels of the set, or of all parts in one.</param>
/// <param name="First">The number of images in the parts before.</param>
/// <param name="ImageBytes">The number of bytes of an image.</param>
/// <param name="ShuffleBuffer">The number of images that are shuffled together, at least 1.</param>
internal sealed record ImageBlocks(PixelBlocks Pixels, long First, int ImageBytes, int ShuffleBuffer)
{
    /// <summary>The number of images in a block: a disk reads some megabytes nearly as fast as many.</summary>
    public const int Size = 64;

    // The bytes of pixels that are shuffled together by default.
    private const long DefaultBuffer = 1L << 30;

    /// <summary>Returns the number of images that are shuffled together by default.</summary>
    public static int BufferFor(int imageBytes) => (int)Math.Clamp(DefaultBuffer / imageBytes, 1, int.MaxValue);

    /// <summary>
    /// Returns the number of blocks that may be resident: those of a buffer, of which some end late, and those that are read ahead.
    /// </summary>
    public static int MostResident(int buffer) => (int)Math.Min(int.MaxValue, buffer / Size * 5L / 4 + 16);

    /// <summary>Returns the number of the block of an image.</summary>
    public static int Of(int index) => index / Size;

    /// <summary>Asks the system to read a block soon.</summary>
    /// <param name="block">The block.</param>
    /// <param name="images">The number of images in the set.</param>
    public void Fetch(int block, int images)
    {
        long first = (long)block * Size;
        Pixels.Fetch((First + first) * ImageBytes, Math.Min(Size, images - first) * ImageBytes);
    }
}
