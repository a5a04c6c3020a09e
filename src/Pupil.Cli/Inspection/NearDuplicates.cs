using System.Numerics;
using Pupil.Images;

namespace Pupil.Cli.Inspection;

/// <summary>
/// Finds images outside train that are nearly one of train: recompressed, scaled, or a little lighter. The candidates are those whose
/// thumbnails rise and fall alike (difference hash); then the thumbnails themselves must be alike.
/// </summary>
internal static class NearDuplicates
{
    // The work grows with pairs of candidates; published sets of this size are known better from papers.
    private const int MostImages = 20_000;
    private const int Side = 8, Bands = 4, BandBits = 64 / Bands;

    // Fewer different bits than bands: by the pigeonhole principle, one band at least is equal.
    private const int MostBits = Bands - 1;
    private const double MostDifference = 4;

    private sealed record Thumbnail(double[] Grey, ulong Hash);

    /// <summary>Returns a warning for each part with such images; equal images are left to <see cref="Duplicates"/>.</summary>
    public static IEnumerable<string> Warnings(DataSplits splits)
    {
        if (splits.Parts.Sum(part => part.Images.Count) > MostImages || Math.Min(splits.Train.Height, splits.Train.Width) <= Side)
            yield break;
        var train = Thumbnails(splits.Train);
        var byBand = Enumerable.Range(0, Bands).Select(band => Enumerable.Range(0, train.Length)
            .ToLookup(i => BandOf(train[i].Hash, band))).ToArray();
        foreach (var (part, images) in splits.Parts.Skip(1))
        {
            var thumbnails = Thumbnails(images);
            var near = Enumerable.Range(0, thumbnails.Length).AsParallel().AsOrdered()
                .Select(i => (Image: i, Of: Nearest(i, thumbnails[i], images))).Where(pair => pair.Of >= 0).ToList();
            if (near.Count == 0)
                continue;
            string files = images.Files is { } names && splits.Train.Files is { } others
                ? $" ('{names[near[0].Image]}' and '{others[near[0].Of]}'{(near.Count > 1 ? " …" : "")})" : "";
            yield return $"{part}: {DataInspection.Number(near.Count, "image is", "images are")} nearly one of train{files}: "
                + "its accuracy is not that of unseen images.";
        }

        int Nearest(int image, Thumbnail thumbnail, ImageSet images)
        {
            var candidates = Enumerable.Range(0, Bands).SelectMany(band => byBand[band][BandOf(thumbnail.Hash, band)]).Distinct();
            foreach (int i in candidates)
            {
                if (BitOperations.PopCount(train[i].Hash ^ thumbnail.Hash) <= MostBits && AreAlike(train[i], thumbnail)
                    && !splits.Train.Image(i).SequenceEqual(images.Image(image)))
                    return i;
            }
            return -1;
        }
    }

    private static ulong BandOf(ulong hash, int band) => (hash >> (band * BandBits)) & ((1ul << BandBits) - 1);

    private static bool AreAlike(Thumbnail one, Thumbnail other)
    {
        double sum = 0;
        for (int i = 0; i < one.Grey.Length; i++)
            sum += Math.Abs(one.Grey[i] - other.Grey[i]);
        return sum <= MostDifference * one.Grey.Length;
    }

    private static Thumbnail[] Thumbnails(ImageSet images)
    {
        var all = new Thumbnail[images.Count];
        Parallel.For(0, images.Count, i => all[i] = Thumb(images.Image(i), images.Height, images.Width, images.Channels));
        return all;
    }

    // Means of 8 rows of 9 cells; a bit says whether a cell is lighter than its left neighbour.
    private static Thumbnail Thumb(ReadOnlySpan<byte> image, int height, int width, int channels)
    {
        var grey = new double[Side * (Side + 1)];
        ulong hash = 0;
        for (int row = 0; row < Side; row++)
        {
            for (int column = 0; column <= Side; column++)
            {
                int cell = row * (Side + 1) + column;
                grey[cell] = MeanOf(image, row * height / Side, (row + 1) * height / Side, column * width / (Side + 1),
                    (column + 1) * width / (Side + 1), width * channels, channels);
                if (column > 0 && grey[cell] > grey[cell - 1])
                    hash |= 1ul << (row * Side + column - 1);
            }
        }
        return new(grey, hash);
    }

    private static double MeanOf(ReadOnlySpan<byte> image, int top, int bottom, int left, int right, int rowBytes, int channels)
    {
        long sum = 0;
        for (int row = top; row < bottom; row++)
        {
            foreach (byte value in image.Slice(row * rowBytes + left * channels, (right - left) * channels))
                sum += value;
        }
        return (double)sum / ((bottom - top) * (right - left) * channels);
    }
}
