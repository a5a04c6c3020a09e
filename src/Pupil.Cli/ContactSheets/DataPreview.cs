using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Cli.ContactSheets;

/// <summary>Chooses images for a contact sheet, and prepares them as for training.</summary>
internal static class DataPreview
{
    /// <summary>Draws images in proportion to the classes, each with its network inputs of the first epochs.</summary>
    /// <param name="images">The images to draw from.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="versions">The number of epochs whose versions are shown; 0 for the stored images alone.</param>
    /// <param name="input">The size of the network input; null for the stored size.</param>
    /// <param name="augmentation">The random changes; mixing is not shown, since it joins two images.</param>
    /// <param name="seed">The seed of the choice and of the changes.</param>
    public static IReadOnlyList<ContactTile> Tiles(
        ImageSubset images, int count, int versions, InputOptions? input, Augmentation augmentation, long seed)
    {
        var (chosen, _) = images.Draw(Math.Min(count, images.Count), RandomStream.Purpose.Subset, seed);
        var set = images.Set;
        // Statistics that only map black to 0 and white to 1: the sheet shows the picture, not its normalised numbers.
        var plain = new Normalization { Mean = new double[set.Channels], Deviation = [.. Enumerable.Repeat(1.0, set.Channels)] };
        var preparation = new ImagePreparation(set, plain, input, augmentation with { Cutout = null }, seed);
        var mean = Normalization.OfImages(chosen).Mean;
        var buffers = preparation.CreateBuffers();
        var tiles = new List<ContactTile>();
        foreach (int index in chosen.Indices.OrderBy(index => set.LabelsOf(index) is [var first, ..] ? first : set.Classes.Count))
        {
            var seen = new List<TilePicture>();
            for (int epoch = 1; epoch <= versions; epoch++)
                seen.Add(Seen(epoch, index));
            tiles.Add(new ContactTile(LabelOf(index), TilePicture.Of(set, index), set.Boxes?[index], seen));
        }
        return tiles;

        string LabelOf(int index) => set.LabelsOf(index).IsEmpty ? "(none)"
            : string.Join("; ", set.LabelsOf(index).ToArray().Select(label => set.Classes[label]));

        TilePicture Seen(int epoch, int index)
        {
            var numbers = new float[preparation.Numbers];
            preparation.Write(epoch, index, numbers, buffers);
            byte[] pixels = [.. numbers.Select(number => (byte)MathF.Round(255 * number))];
            // A cutout holds the mean of all images as the network input, and is drawn in the colour of that mean.
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
                int start = row * preparation.Width;
                for (int at = (start + box.Left) * set.Channels; at < (start + box.Right) * set.Channels; at++)
                    pixels[at] = (byte)Math.Round(255 * mean[at % set.Channels]);
            }
        }
    }
}
