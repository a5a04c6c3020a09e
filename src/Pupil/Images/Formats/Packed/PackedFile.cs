using System.Runtime.InteropServices;
using System.Text.Json;
using Pupil.Core;
using Pupil.Inference.Pictures;
using static TorchSharp.torch;

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

    /// <summary>Opens a packed file; the pixels are read on access.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Receives progress, cancels, and names the cache folder; null for the usual one.</param>
    /// <param name="verifies">Whether the fingerprints are verified.</param>
    /// <param name="mostVerifiedAlways">The largest size that is verified by every opening.</param>
    /// <exception cref="UserErrorException">The file is not a packed one, or is damaged.</exception>
    /// <exception cref="OperationCanceledException">The opening was cancelled.</exception>
    public static DataSplits Open(
        string path, LoadContext? context = null, bool verifies = true, long mostVerifiedAlways = MostVerifiedAlways)
    {
        var header = SafeTensors.ReadHeader(path);
        var card = Card(path, header.Metadata);
        long pixelsStart = new FileInfo(path).Length - header.Tensors.Select(entry => entry.End).DefaultIfEmpty().Max();
        var tensors = header.Tensors.ToDictionary(entry => entry.Name);
        var parts = new Dictionary<string, ImageSet>(StringComparer.Ordinal);
        try
        {
            // The sets keep the file open, and their finalizers close it.
            var file = RegularFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            foreach (var part in card.Parts)
            {
                if (!parts.TryAdd(part.Part, Read(path, file, pixelsStart, tensors, part, card.Classes)))
                    throw Broken(path, $"two parts {Show(part.Part)}", "one of each");
            }
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
    public static void Write(string path, DataSplits splits, LoadContext? context = null)
    {
        var train = splits.Train;
        long total = splits.Parts.Sum(part => (long)part.Images.Count);
        AtomicFile.Write(path, file =>
        {
            var writer = new PackedWriter(file, (train.Height, train.Width, train.Channels), train.Classes);
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
            writer.Finish(splits.Name, train.Classes, parts, splits.LeftOut, splits.LeftOutCount);
        });
    }

    private static void CheckFingerprints(
        string path, Dictionary<string, ImageSet> parts, PackedCard card, LoadContext context, long mostVerifiedAlways)
    {
        long images = parts.Values.Sum(set => (long)set.Count), done = 0;
        var remembered = parts.Values.Sum(set => (long)set.Count * set.ImageBytes) > mostVerifiedAlways
            ? new VerifiedFile(path, context) : null;
        if (remembered?.IsKnown == true)
            return;
        foreach (var part in card.Parts)
        {
            context.Stop.ThrowIfCancellationRequested();
            if (remembered is not null)
                context.Progress?.Report(new LoadProgress("verifying images", done, images));
            if (parts[part.Part].ComputeFingerprint() != part.Fingerprint)
                throw Broken(path, $"labels or pixels in {Show(part.Part)} that contradict their fingerprint", "those that were packed");
            done += parts[part.Part].Count;
        }
        if (remembered is not null)
            context.Progress?.Report(new LoadProgress("verifying images", images, images));
        remembered?.Remember();
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

    private static ImageSet Read(string path, FileStream file, long start, Dictionary<string, SafeTensorsEntry> tensors,
        PackedCardPart part, IReadOnlyList<string> classes)
    {
        var pixels = Tensor("pixels", ScalarType.Byte, 4);
        if (pixels.Shape is not [> 0 and <= int.MaxValue, > 0 and <= 65_536, > 0 and <= 65_536, 1 or 3]
            || pixels.Shape[1] * pixels.Shape[2] * pixels.Shape[3] > int.MaxValue)
            throw Broken(path, $"{Show(part.Part)}.pixels of shape {string.Join("×", pixels.Shape)}", "N×H×W×C with C 1 or 3");
        int count = (int)pixels.Shape[0];
        var labels = Has("label-sets") ? Sets(Tensor("label-sets", ScalarType.Byte, 2))
            : ImageLabels.OfOne(Numbers(Tensor("labels", ScalarType.Int32, 1), 1));
        if (!labels.AreWithin(classes.Count))
            throw Broken(path, $"a label outside of the {classes.Count} classes", $"0…{classes.Count - 1}");
        var boxes = Has("boxes") ? MemoryMarshal.Cast<int, BoundingBox>(Numbers(Tensor("boxes", ScalarType.Int32, 2), 4)).ToArray() : null;
        var sizes = Has("sizes") ? MemoryMarshal.Cast<int, PictureSize>(Numbers(Tensor("sizes", ScalarType.Int32, 2), 2)).ToArray() : null;
        if (boxes is not null && boxes.Any(box => box.Left < 0 || box.Top < 0 || box.Right < box.Left || box.Bottom < box.Top
            || box.Right > pixels.Shape[2] || box.Bottom > pixels.Shape[1]))
            throw Broken(path, $"a box outside of its image in {Show(part.Part)}.boxes",
                $"boxes within {pixels.Shape[1]}×{pixels.Shape[2]} pixels");
        if (sizes is not null && sizes.Any(size => size.Height <= 0 || size.Width <= 0))
            throw Broken(path, $"an empty picture in {Show(part.Part)}.sizes", "heights and widths above 0");
        var memory = PixelMemory.Map(file, start + pixels.Begin, pixels.End - pixels.Begin);
        var (height, width, channels) = ((int)pixels.Shape[1], (int)pixels.Shape[2], (int)pixels.Shape[3]);
        return new ImageSet(part.Name, memory, labels, classes, height, width, channels, boxes, sizes, part.Fingerprint);

        bool Has(string what) => tensors.ContainsKey($"{part.Part}.{what}");

        SafeTensorsEntry Tensor(string what, ScalarType type, int dimensions)
        {
            if (!tensors.TryGetValue($"{part.Part}.{what}", out var entry))
                throw Broken(path, $"no tensor {Show(part.Part)}.{what}", "one");
            return entry.Type == type && entry.Shape.Length == dimensions
                ? entry
                : throw Broken(path, $"{Show(part.Part)}.{what} with {entry.Shape.Length} dimensions of {entry.Type}",
                    $"{dimensions} of {type}");
        }

        ImageLabels Sets(SafeTensorsEntry entry)
        {
            if (entry.Shape[0] != count || entry.Shape[1] != classes.Count || entry.End - entry.Begin != (long)count * classes.Count)
                throw Broken(path, $"{Show(entry.Name)} of shape {string.Join("×", entry.Shape)}", $"{count:N0}×{classes.Count}");
            byte[] bits = new byte[entry.End - entry.Begin];
            file.Position = start + entry.Begin;
            file.ReadExactly(bits);
            return bits.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)1)
                ? throw Broken(path, $"a number above 1 in {Show(entry.Name)}", "1 for each class of an image, else 0")
                : ImageLabels.FromBits(bits, classes.Count);
        }

        int[] Numbers(SafeTensorsEntry entry, int each)
        {
            if (entry.End - entry.Begin != 4L * each * count)
                throw Broken(path, $"{Show(entry.Name)} of shape {string.Join("×", entry.Shape)}",
                    $"{each} numbers for each of {count:N0} images");
            var numbers = new int[each * count];
            file.Position = start + entry.Begin;
            file.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return numbers;
        }
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    private static UserErrorException Broken(string path, string found, string expected, Exception? cause = null) =>
        Unusable($"{path}: found {found}, expected {expected}; the file is damaged: pack the images again.", cause);

    private static UserErrorException Unusable(string message, Exception? cause = null) => cause is null
        ? new(message) { Cause = new UnusablePackedFile() }
        : new(message, cause) { Cause = new UnusablePackedFile() };
}
