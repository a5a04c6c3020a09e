using System.Collections.Concurrent;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>What some pictures of a set have in common.</summary>
/// <param name="Sizes">The size of each readable picture.</param>
/// <param name="IsGrey">Whether all of them are grey.</param>
internal sealed record PictureSample(IReadOnlyList<PictureSize> Sizes, bool IsGrey)
{
    // JPEG's conversion of colours is exact for grey; a difference of one step comes from scaling.
    private const int Tolerance = 2, Side = 32;

    /// <summary>Reads pictures that are evenly spaced among those given; broken ones are left out.</summary>
    public static PictureSample FromPictures(FileTree tree, IReadOnlyList<PictureEntry> pictures, int most)
    {
        int count = Math.Min(most, pictures.Count);
        HashSet<string> wanted = [.. Enumerable.Range(0, count).Select(i => pictures[(int)((long)i * pictures.Count / count)].File)];
        var found = new ConcurrentBag<(PictureSize Size, bool IsGrey)>();
        TreeWork.ForEach(tree.Files(wanted.Contains).Where(file => wanted.Contains(file.Name)),
            () => (Decoder: new PictureDecoder(Side, PictureFit.Stretch, 3), Pixels: new byte[Side * Side * 3]), (file, worker) =>
            {
                try
                {
                    var size = worker.Decoder.Decode(file.Read(), worker.Pixels);
                    found.Add((size, IsGreyOnly(worker.Pixels)));
                }
                catch (Exception error) when (error is BrokenPictureException or UserErrorException)
                {
                    // Loading names broken pictures.
                }
            }, CancellationToken.None);
        return new PictureSample([.. found.Select(picture => picture.Size)], !found.IsEmpty && found.All(picture => picture.IsGrey));
    }

    private static bool IsGreyOnly(ReadOnlySpan<byte> pixels)
    {
        for (int at = 0; at < pixels.Length; at += 3)
        {
            var (red, green, blue) = (pixels[at], pixels[at + 1], pixels[at + 2]);
            if (Math.Abs(red - green) > Tolerance || Math.Abs(green - blue) > Tolerance)
                return false;
        }
        return true;
    }
}
