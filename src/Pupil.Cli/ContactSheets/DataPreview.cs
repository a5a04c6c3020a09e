using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Cli.ContactSheets;

/// <summary>Chooses images for a contact sheet and prepares them as a training does.</summary>
public static class DataPreview
{
    /// <summary>Draws images of every class by its share, each with what becomes of it in the first epochs.</summary>
    /// <param name="images">What to choose from.</param>
    /// <param name="count">How many images.</param>
    /// <param name="versions">How many epochs' versions of each; 0: only the stored images.</param>
    /// <param name="input">The size that the network sees; null: as stored.</param>
    /// <param name="augmentation">The random changes; mixing is not shown, since it makes one image of two.</param>
    /// <param name="seed">What choice and changes follow from.</param>
    public static IReadOnlyList<ContactTile> Tiles(ImageSubset images, int count, int versions, InputOptions? input, Augmentation augmentation, long seed)
    {
        var (chosen, _) = images.Draw(Math.Min(count, images.Count), RandomStream.Purpose.Subset, seed);
        var set = images.Set;
        // Statistics that take nothing out but bring black to 0 and white to 1: the sheet shows the picture, not its normalised numbers.
        var plain = new Normalization { Mean = new double[set.Channels], Deviation = [.. Enumerable.Repeat(1.0, set.Channels)] };
        var preparation = new ImagePreparation(set, plain, input, augmentation with { Cutout = null }, seed);
        var mean = Normalization.OfImages(chosen).Mean;
        var buffers = preparation.CreateBuffers();
        var tiles = new List<ContactTile>();
        foreach (int index in chosen.Indices.OrderBy(index => set.Labels[index]))
        {
            var seen = new List<TilePicture>();
            for (int epoch = 1; epoch <= versions; epoch++)
                seen.Add(Seen(epoch, index));
            tiles.Add(new ContactTile(set.Classes[set.Labels[index]], TilePicture.Of(set, index), set.Boxes?[index], seen));
        }
        return tiles;

        TilePicture Seen(int epoch, int index)
        {
            var numbers = new float[preparation.Numbers];
            preparation.Write(epoch, index, numbers, buffers);
            byte[] pixels = [.. numbers.Select(number => (byte)MathF.Round(255 * number))];
            // What is put out is the mean of all images for the network, and is shown in its colour.
            if (augmentation.Cutout is { } cutout)
            {
                foreach (var box in cutout.Draw(seed, epoch, index, preparation.Height, preparation.Width))
                    Fill(pixels, box);
            }
            return new TilePicture(pixels, preparation.Height, preparation.Width, set.Channels);
        }

        void Fill(byte[] pixels, BoundingBox box)
        {
            for (int row = box.Top; row < box.Bottom; row++)
            {
                for (int at = (row * preparation.Width + box.Left) * set.Channels; at < (row * preparation.Width + box.Right) * set.Channels; at++)
                    pixels[at] = (byte)Math.Round(255 * mean[at % set.Channels]);
            }
        }
    }
}
