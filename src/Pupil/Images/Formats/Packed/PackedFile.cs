using System.Text.Json;
using Pupil.Core;

namespace Pupil.Images.Formats.Packed;

/// <summary>The cause of an error: a file is not a packed data set, is one of another version, or is damaged.</summary>
internal sealed record UnusablePackedFile : UserErrorCause;

/// <summary>
/// Reads and writes a data set as one file in the layout of <see cref="PackedWriter"/>. The pixels are mapped into memory, not read.
/// Opening verifies the fingerprints of labels and pixels, those of more than <see cref="MostVerifiedAlways"/> bytes once for each state
/// of the file. Changed boxes and sizes are not noticed.
/// </summary>
internal static class PackedFile
{
    /// <summary>The largest size of all pixels in bytes at which every opening reads them to verify the fingerprints.</summary>
    internal const long MostVerifiedAlways = 64 << 20;

    private const long Megabyte = 1_000_000;

    /// <summary>Opens a packed file; the pixels are read on access.</summary>
    /// <param name="path">The file, the index file of a set in shards, or the folder of both.</param>
    /// <param name="context">Receives progress, cancels, and names the cache folder; null for the usual one.</param>
    /// <param name="verifies">Whether the fingerprints are verified.</param>
    /// <param name="mostVerifiedAlways">The largest size that is verified by every opening.</param>
    /// <param name="shuffleBuffer">The number of images that are shuffled together; null for as many as 1 GiB holds.</param>
    /// <exception cref="UserErrorException">The file is not a packed one, or is damaged.</exception>
    /// <exception cref="OperationCanceledException">The opening was cancelled.</exception>
    public static DataSplits Open(string path, LoadContext? context = null, bool verifies = true,
        long mostVerifiedAlways = MostVerifiedAlways, int? shuffleBuffer = null)
    {
        if (Directory.Exists(path))
            path = PackedTarget.IndexIn(path);
        var header = SafeTensors.ReadHeader(path);
        var card = Card(path, header.Metadata);
        long pixelsStart = new FileInfo(path).Length - header.Tensors.Select(entry => entry.End).DefaultIfEmpty().Max();
        var tensors = header.Tensors.ToDictionary(entry => entry.Name);
        var parts = new Dictionary<string, ImageSet>(StringComparer.Ordinal);
        try
        {
            // The sets keep the file open, and their finalizers close it.
            var file = RegularFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            var shards = card.Shards is { } several ? PackedShards.Open(path, several) : null;
            var reader = new PackedReader(path, file, pixelsStart, tensors, card.Classes, shards, shuffleBuffer);
            long images = 0;
            foreach (var part in card.Parts)
            {
                var set = reader.Read(part, images);
                images += set.Count;
                if (!parts.TryAdd(part.Part, set))
                    throw Broken(path, $"two parts {Show(part.Part)}", "one of each");
            }
            if (shards is not null && images != shards.Images)
                throw Broken(path, $"{shards.Images:N0} images in the shards", $"{images:N0}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}); "
                + "check the file and its permissions.", error);
        }
        if (verifies)
            CheckFingerprints(path, parts, card, context ?? new(), mostVerifiedAlways);
        // Images that only measure a network have no training part.
        var test = parts.GetValueOrDefault("test");
        var train = parts.GetValueOrDefault("train") ?? (context?.MeasuredClasses is null ? null : test);
        if (train is null || test is null)
            throw Broken(path, $"the parts {Show(string.Join(", ", parts.Keys))}", "train and test");
        if (parts.Values.Any(set => (set.Height, set.Width, set.Channels) != (train.Height, train.Width, train.Channels)))
            throw Broken(path, "parts with images of other sizes", "one size");
        if (parts.Values.Any(set => set.Labelling != train.Labelling))
            throw Broken(path, "parts with one label and parts with several labels for each image", "the same in all");
        return new DataSplits(card.Name, train, test)
        {
            Validation = parts.GetValueOrDefault("validation"),
            LeftOut = card.LeftOut,
            LeftOutCount = card.LeftOutCount,
        };
    }

    /// <summary>Writes a data set atomically; a file of that name is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="splits">The data set.</param>
    /// <param name="context">Receives progress and cancels; null for neither.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(string path, DataSplits splits, LoadContext? context = null) =>
        Write(PackedTarget.File(path), splits, context);

    /// <summary>Writes a data set as one file or as shards; see the other overload.</summary>
    public static void Write(PackedTarget target, DataSplits splits, LoadContext? context = null)
    {
        var train = splits.Train;
        long total = splits.Parts.Sum(part => (long)part.Images.Count);
        target.Write((train.Height, train.Width, train.Channels), train.Classes, total, writer =>
        {
            long slot = 0;
            var parts = new List<PackedPart>();
            foreach (var (part, images) in splits.Parts)
            {
                long first = slot;
                for (int i = 0; i < images.Count; i++, slot++)
                {
                    context?.Stop.ThrowIfCancellationRequested();
                    writer.WriteImage(slot, images.Image(i));
                    if (slot % 1000 == 0)
                        context?.Progress?.Report(new LoadProgress("packing images", slot, total));
                }
                long[] slots = [.. Enumerable.Range(0, images.Count).Select(i => first + i)];
                parts.Add(new PackedPart(part, images.Name, slots, images.AllLabels, images.Boxes, images.PictureSizes));
            }
            context?.Progress?.Report(new LoadProgress("packing images", total, total));
            writer.Finish(splits.Name, train.Classes, parts, splits.LeftOut, splits.LeftOutCount, context);
        });
    }

    private static void CheckFingerprints(
        string path, Dictionary<string, ImageSet> parts, PackedCard card, LoadContext context, long mostVerifiedAlways)
    {
        long all = parts.Values.Sum(set => (long)set.Count * set.ImageBytes), done = 0;
        string[] files = [path, .. Enumerable.Range(0, card.Shards?.Count ?? 0).Select(shard => PixelsInShards.PathBeside(path, shard))];
        var remembered = all > mostVerifiedAlways ? new VerifiedFile(files, context) : null;
        if (remembered?.IsKnown == true)
            return;
        foreach (var part in card.Parts)
        {
            if (parts[part.Part].ComputeFingerprint(Count) != part.Fingerprint)
                throw Broken(path, $"labels or pixels in {Show(part.Part)} that contradict their fingerprint", "those that were packed");
        }
        remembered?.Remember();

        void Count(int bytes)
        {
            context.Stop.ThrowIfCancellationRequested();
            done += bytes;
            if (remembered is not null)
                context.Progress?.Report(new LoadProgress("verifying images, MB", done / Megabyte, all / Megabyte));
        }
    }

    private static PackedCard Card(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(PackedCard.CardKey, out string? text))
            throw Unusable($"{path}: found a safetensors file without packed images (no '{PackedCard.CardKey}' in its metadata), "
                + "expected a packed data set; pack the images into one.");
        if (metadata.GetValueOrDefault(PackedCard.VersionKey) is var version && version != PackedCard.Version)
            throw Unusable($"{path}: holds packed images of version '{version}', expected '{PackedCard.Version}'; "
                + "pack the images again.");
        try
        {
            var card = JsonSerializer.Deserialize<PackedCard>(text, PackedCard.Json) ?? throw new JsonException("null");
            // The serializer does not check the items of lists for null.
            if (card.Classes.Contains(null!) || card.Parts.Contains(null!) || card.LeftOut.Contains(null!))
                throw new JsonException("null in a list");
            return card.Classes.Count >= 2 && card.Classes.Distinct().Count() == card.Classes.Count
                ? card : throw Broken(path, "fewer than two classes, or one twice", "at least two, each once");
        }
        catch (JsonException error)
        {
            string problem = error.Message.ReplaceLineEndings(" ");
            throw Broken(path, $"'{PackedCard.CardKey}' metadata that cannot be read ({problem})", "a card", error);
        }
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    internal static UserErrorException Broken(string path, string found, string expected, Exception? cause = null) =>
        Unusable($"{path}: found {found}, expected {expected}; the file is damaged: pack the images again.", cause);

    internal static UserErrorException Unusable(string message, Exception? cause = null) => cause is null
        ? new(message) { Cause = new UnusablePackedFile() }
        : new(message, cause) { Cause = new UnusablePackedFile() };
}
