using System.IO.Hashing;
using Pupil.Images;

namespace Pupil.Cli.Inspection;

/// <summary>Finds stored images that are equal pixel for pixel. For others, see <see cref="NearDuplicates"/>.</summary>
internal static class Duplicates
{
    /// <summary>Returns the warnings about copies, one sentence for each kind.</summary>
    public static IEnumerable<string> Warnings(DataSplits splits)
    {
        var train = Hashes(splits.Train);
        var first = new Dictionary<UInt128, int>(train.Length);
        List<int> copies = [], contradictions = [];
        for (int i = 0; i < train.Length; i++)
        {
            if (first.TryAdd(train[i], i))
                continue;
            copies.Add(i);
            if (!splits.Train.LabelsOf(first[train[i]]).SequenceEqual(splits.Train.LabelsOf(i)))
                contradictions.Add(i);
        }
        if (copies.Count > 0)
        {
            yield return $"train: {DataInspection.Number(copies.Count, "image is a copy", "images are copies")} of another one"
                + $"{DataInspection.FilesOf(splits.Train, copies)}.";
        }
        if (contradictions.Count > 0)
        {
            yield return $"train: {DataInspection.Number(contradictions.Count, "copy has", "copies have")} another label than the first"
                + $"{DataInspection.FilesOf(splits.Train, contradictions)}.";
        }
        foreach (var (part, images) in splits.Parts.Skip(1))
        {
            var hashes = Hashes(images);
            int[] seen = [.. Enumerable.Range(0, hashes.Length).Where(i => first.ContainsKey(hashes[i]))];
            if (seen.Length > 0)
            {
                yield return $"{part}: {DataInspection.Number(seen.Length, "image is", "images are")} in train, too"
                    + $"{DataInspection.FilesOf(images, seen)}: its accuracy is not that of unseen images.";
            }
        }
    }

    private static UInt128[] Hashes(ImageSet images)
    {
        var hashes = new UInt128[images.Count];
        Parallel.For(0, images.Count, i => hashes[i] = XxHash128.HashToUInt128(images.Image(i)));
        return hashes;
    }
}
