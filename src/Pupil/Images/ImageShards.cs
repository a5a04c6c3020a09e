using Pupil.Core;

namespace Pupil.Images;

/// <summary>The files of a set that is larger than memory. Training reads them in random order, and shuffles the images of a few.</summary>
/// <param name="Pixels">The pixels of all parts of the set.</param>
/// <param name="First">The number of images in the parts before.</param>
/// <param name="ImagesEach">The number of images in each file.</param>
/// <param name="ShuffleBuffer">The number of images that are shuffled together, at least 1.</param>
internal sealed record ImageShards(PixelShards Pixels, long First, int ImagesEach, int ShuffleBuffer)
{
    /// <summary>Returns the number of the file that holds an image.</summary>
    public int Of(int index) => (int)((First + index) / ImagesEach);
}
