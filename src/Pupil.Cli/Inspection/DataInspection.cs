using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Inference.Pictures;
using Pupil.Training;

namespace Pupil.Cli.Inspection;

/// <summary>Inspects a data set: counts, sizes, statistics and likely defects.</summary>
internal static class DataInspection
{
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
            Warnings = Warnings(splits),
        };
    }

    /// <summary>Returns the likely defects of a data set, one sentence each.</summary>
    /// <param name="splits">The data set.</param>
    /// <param name="mostBytes">The size of the images up to which their pixels are read. Default: any size.</param>
    public static IReadOnlyList<string> Warnings(DataSplits splits, long mostBytes = long.MaxValue)
    {
        (string Part, int[] PerClass)[] parts = [.. splits.Parts.Select(part => (part.Part, PerClass(part.Images)))];
        IEnumerable<string> warnings =
        [
            .. PassedOver(splits), .. CutOff(splits), .. ClassWarnings.AboutNames(splits.Train.Classes),
            .. ClassWarnings.AboutCounts(splits.Train.Classes, parts, splits.Train.Labelling == Labelling.One), .. Few(splits),
        ];
        return splits.Parts.Sum(part => (long)part.Images.Count * part.Images.ImageBytes) > mostBytes ? [.. warnings]
            : [.. warnings, .. Flat(splits), .. Duplicates.Warnings(splits), .. NearDuplicates.Warnings(splits)];
    }

    private static IEnumerable<string> PassedOver(DataSplits splits)
    {
        int count = splits.PassedOver.Values.Sum();
        if (count > 0)
        {
            yield return $"{Number(count, "file is no picture and was", "files are no pictures and were")} passed over: "
                + $"{Counted(splits.PassedOver)}.";
        }
        if (splits.Unread.Values.Sum() is > 0 and var unread)
        {
            yield return $"{Number(unread, "picture is in a format that cannot be read and was",
                "pictures are in formats that cannot be read and were")} passed over: {Counted(splits.Unread)}. "
                + "Convert them to JPEG or PNG.";
        }

        static string Counted(IReadOnlyDictionary<string, int> kinds) =>
            string.Join(", ", kinds.Select(kind => $"{kind.Value:N0} {kind.Key}"));
    }

    // A wide or tall picture loses more than half of its area to the central square.
    private static IEnumerable<string> CutOff(DataSplits splits)
    {
        if (splits.Fit != PictureFit.Crop)
            yield break;
        foreach (var (part, images) in splits.Parts)
        {
            int[] cut = [.. Enumerable.Range(0, images.PictureSizes?.Length ?? 0).Where(i => IsCut(images.PictureSizes![i]))];
            if (cut.Length > 0)
            {
                yield return $"{part}: {Number(cut.Length, "picture loses", "pictures lose")} more than half of the area to the crop"
                    + $"{FilesOf(images, cut)}. --set data.source.fit=pad keeps whole pictures, with bars beside them.";
            }
        }

        static bool IsCut(PictureSize size) => 2 * Math.Min(size.Height, size.Width) < Math.Max(size.Height, size.Width);
    }

    private static int[] PerClass(ImageSet images) => images.AllLabels.CountsIn(Enumerable.Range(0, images.Count), images.Classes.Count);

    // The number of images below which an accuracy of 90 % is uncertain by six points and more.
    private const int FewImages = 100;

    private static IEnumerable<string> Few(DataSplits splits)
    {
        foreach (var (part, images) in splits.Parts.Skip(1).Where(part => part.Images.Count < FewImages))
        {
            int count = images.Count;
            if (images.Labelling == Labelling.Several)
            {
                yield return $"{part}: has only {Number(count, "image", "images")}: other images would give quite another mAP.";
                continue;
            }
            var interval = ShareInterval.Of(0.9, count);
            yield return $"{part}: has only {Number(count, "image", "images")}: an accuracy of 90 % there means "
                + $"{100 * interval.Low:0} to {100 * interval.High:0} % (95 % interval).";
        }
    }

    private static PartFindings Find(string part, ImageSet images)
    {
        var statistics = Normalization.OfImages(ImageSubset.All(images));
        return new PartFindings
        {
            Part = part,
            Count = images.Count,
            PerClass = PerClass(images),
            LabelsEach = images.Labelling == Labelling.One ? null : (double)images.AllLabels.Total / images.Count,
            WithoutLabel = images.Labelling == Labelling.One ? null
                : Enumerable.Range(0, images.Count).Count(i => images.LabelsOf(i).IsEmpty),
            Mean = statistics.Mean,
            Deviation = statistics.Deviation,
            Sizes = [.. (images.PictureSizes ?? []).GroupBy(size => size).Select(group => new SizeCount(group.Key, group.Count()))
                .OrderByDescending(entry => entry.Count)],
            BoxShare = images.Boxes?.Average(box => Area(box) / ((double)images.Height * images.Width)),
            Fingerprint = images.Fingerprint,
        };

        static double Area(BoundingBox box) => (double)(box.Right - box.Left) * (box.Bottom - box.Top);
    }

    // A picture of one colour is usually a failed download or a placeholder.
    private static IEnumerable<string> Flat(DataSplits splits)
    {
        foreach (var (part, images) in splits.Parts)
        {
            int[] flat = [.. Enumerable.Range(0, images.Count).Where(i => IsFlat(images.Image(i), images.Channels))];
            if (flat.Length > 0)
                yield return $"{part}: {Number(flat.Length, "image has", "images have")} only one colour{FilesOf(images, flat)}.";
        }
    }

    private static bool IsFlat(ReadOnlySpan<byte> image, int channels) => image[channels..].SequenceEqual(image[..^channels]);

    /// <summary>Returns the first five names as a part of a sentence.</summary>
    internal static string Shown(IReadOnlyCollection<string> names) =>
        $"{string.Join(", ", names.Take(5).Select(name => $"'{name}'"))}{(names.Count > 5 ? " …" : "")}";

    /// <summary>Returns the first five files of some images as a part of a sentence; empty where they have none.</summary>
    internal static string FilesOf(ImageSet images, IReadOnlyCollection<int> indices) =>
        images.Files is { } files ? $": {Shown([.. indices.Select(i => files[i])])}" : "";

    /// <summary>Returns a number with its noun in singular or plural.</summary>
    internal static string Number(int count, string one, string many) => $"{count:N0} {(count == 1 ? one : many)}";
}
