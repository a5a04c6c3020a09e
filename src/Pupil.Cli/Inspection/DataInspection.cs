using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Cli.Inspection;

/// <summary>Inspects a data set: counts, sizes, statistics and likely defects.</summary>
internal static class DataInspection
{
    // The ratio of largest to smallest class above which the largest dominates the accuracy.
    private const double LargestImbalance = 10;

    /// <summary>Inspects every image of a data set.</summary>
    /// <param name="splits">The data set.</param>
    public static DataFindings Inspect(DataSplits splits)
    {
        PartFindings[] parts = [.. splits.Parts.Select(part => Find(part.Part, part.Images))];
        var train = splits.Train;
        return new DataFindings
        {
            Name = splits.Name,
            Classes = train.Classes,
            Shape = new(train.Height, train.Width, train.Channels),
            Parts = parts,
            LeftOutCount = splits.LeftOutCount,
            LeftOut = splits.LeftOut,
            Warnings = [.. Classes(train.Classes, parts), .. Flat(splits), .. Duplicates.Warnings(splits)],
        };
    }

    private static PartFindings Find(string part, ImageSet images)
    {
        var perClass = new int[images.Classes.Count];
        foreach (int label in images.Labels)
            perClass[label]++;
        var statistics = Normalization.OfImages(ImageSubset.All(images));
        return new PartFindings
        {
            Part = part,
            PerClass = perClass,
            Mean = statistics.Mean,
            Deviation = statistics.Deviation,
            Sizes = [.. (images.PictureSizes ?? []).GroupBy(size => size).Select(group => new SizeCount(group.Key, group.Count()))
                .OrderByDescending(entry => entry.Count)],
            BoxShare = images.Boxes?.Average(box => Area(box) / ((double)images.Height * images.Width)),
            Fingerprint = images.Fingerprint,
        };

        static double Area(BoundingBox box) => (double)(box.Right - box.Left) * (box.Bottom - box.Top);
    }

    private static IEnumerable<string> Classes(IReadOnlyList<string> classes, PartFindings[] parts)
    {
        foreach (var part in parts)
        {
            string[] empty = [.. classes.Where((_, label) => part.PerClass[label] == 0)];
            if (empty.Length == classes.Count - 1)
                yield return $"{part.Part}: all images are of one class, '{classes.Except(empty).First()}'.";
            else if (empty.Length > 0)
                yield return $"{part.Part}: {Number(empty.Length, "class has", "classes have")} no image: {Shown(empty)}.";
        }
        var counts = parts[0].PerClass;
        var (least, most) = (counts.Where(count => count > 0).Min(), counts.Max());
        if (most > LargestImbalance * least)
        {
            yield return $"train: '{classes[counts.ToList().IndexOf(most)]}' has {most:N0} images, "
                + $"'{classes[counts.ToList().IndexOf(least)]}' {least:N0}: "
                + "the accuracy depends more on the large classes than on the small ones.";
        }
    }

    // A picture of one colour is usually a failed download or a placeholder.
    private static IEnumerable<string> Flat(DataSplits splits)
    {
        foreach (var (part, images) in splits.Parts)
        {
            int flat = Enumerable.Range(0, images.Count).Count(i => IsFlat(images.Image(i), images.Channels));
            if (flat > 0)
                yield return $"{part}: {Number(flat, "image has", "images have")} only one colour.";
        }
    }

    private static bool IsFlat(ReadOnlySpan<byte> image, int channels) => image[channels..].SequenceEqual(image[..^channels]);

    /// <summary>Returns the first five names as a part of a sentence.</summary>
    internal static string Shown(IReadOnlyCollection<string> names) =>
        $"{string.Join(", ", names.Take(5).Select(name => $"'{name}'"))}{(names.Count > 5 ? " …" : "")}";

    /// <summary>Returns a number with its noun in singular or plural.</summary>
    internal static string Number(int count, string one, string many) => $"{count:N0} {(count == 1 ? one : many)}";
}
