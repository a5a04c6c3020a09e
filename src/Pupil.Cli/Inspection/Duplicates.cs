using System.IO.Hashing;
using Pupil.Images;

namespace Pupil.Cli.Inspection;

/// <summary>Finds stored images that are equal pixel for pixel. Scaled or recompressed copies are not found.</summary>
internal static class Duplicates
{
    /// <summary>Returns the warnings about copies, one sentence for each kind.</summary>
    public static IEnumerable<string> Warnings(DataSplits splits)
    {
        var train = Hashes(splits.Train);
        var firstLabel = new Dictionary<UInt128, int>(train.Length);
        int copies = 0, contradictions = 0;
        for (int i = 0; i < train.Length; i++)
        {
            if (firstLabel.TryAdd(train[i], splits.Train.Labels[i]))
                continue;
            copies++;
            if (firstLabel[train[i]] != splits.Train.Labels[i])
                contradictions++;
        }
        if (copies > 0)
            yield return $"train: {DataInspection.Number(copies, "image is a copy", "images are copies")} of another one.";
        if (contradictions > 0)
            yield return $"train: {DataInspection.Number(contradictions, "copy has", "copies have")} another label than the first.";
        foreach (var (part, images) in splits.Parts.Skip(1))
        {
            int seen = Hashes(images).Count(firstLabel.ContainsKey);
            if (seen > 0)
                yield return $"{part}: {DataInspection.Number(seen, "image is", "images are")} in train, too: "
                    + "its accuracy is not that of unseen images.";
        }
    }

    private static UInt128[] Hashes(ImageSet images)
    {
        var hashes = new UInt128[images.Count];
        Parallel.For(0, images.Count, i => hashes[i] = XxHash128.HashToUInt128(images.Image(i)));
        return hashes;
    }
}
