using System.Runtime.InteropServices;
using Pupil.Core;
using Pupil.Inference.Pictures;
using static TorchSharp.torch;

namespace Pupil.Images.Formats.Packed;

/// <summary>Reads the parts of a packed data set: labels, boxes and sizes at once, pixels on access.</summary>
/// <param name="path">The file's name in errors.</param>
/// <param name="file">The file.</param>
/// <param name="start">The place of the first tensor.</param>
/// <param name="tensors">The tensors by name.</param>
/// <param name="classes">The class names.</param>
/// <param name="shards">The files with the pixels; null where the file itself has them.</param>
/// <param name="shuffleBuffer">The number of images that are shuffled together; null for as many as 1 GiB holds.</param>
internal sealed class PackedReader(string path, FileStream file, long start, Dictionary<string, SafeTensorsEntry> tensors,
    IReadOnlyList<string> classes, PackedShards.Opened? shards, int? shuffleBuffer)
{
    private PixelBlocks? _blocks;

    /// <summary>Whether a tensor may hold images: N×H×W×C.</summary>
    internal static bool IsShape(long[] shape) =>
        shape is [> 0 and <= int.MaxValue, > 0 and <= 65_536, > 0 and <= 65_536, 1 or 3]
        && shape[1] * shape[2] * shape[3] <= int.MaxValue;

    /// <summary>Reads a part.</summary>
    /// <param name="part">Its description.</param>
    /// <param name="imagesBefore">The number of images in the parts before.</param>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public ImageSet Read(PackedCardPart part, long imagesBefore)
    {
        var pixels = shards is null ? Tensor("pixels", ScalarType.Byte, 4) : null;
        bool areSets = Has("label-sets");
        var listed = areSets ? Tensor("label-sets", ScalarType.Byte, 2) : Tensor("labels", ScalarType.Int32, 1);
        long[] shape = pixels?.Shape ?? [listed.Shape[0], shards!.Shape.Height, shards.Shape.Width, shards.Shape.Channels];
        if (!IsShape(shape) || imagesBefore + shape[0] > (shards?.Images ?? long.MaxValue))
        {
            throw PackedFile.Broken(path, $"{SafeTensorsHeader.Show(part.Part)}.pixels of shape {string.Join("×", shape)}",
                "N×H×W×C with C 1 or 3");
        }
        int count = (int)shape[0];
        var labels = areSets ? Sets(listed) : ImageLabels.OfOne(Numbers(listed, 1));
        if (!labels.AreWithin(classes.Count))
            throw PackedFile.Broken(path, $"a label outside of the {classes.Count} classes", $"0…{classes.Count - 1}");
        var boxes = Has("boxes") ? MemoryMarshal.Cast<int, BoundingBox>(Numbers(Tensor("boxes", ScalarType.Int32, 2), 4)).ToArray() : null;
        var sizes = Has("sizes") ? MemoryMarshal.Cast<int, PictureSize>(Numbers(Tensor("sizes", ScalarType.Int32, 2), 2)).ToArray() : null;
        if (boxes is not null && boxes.Any(box => box.Left < 0 || box.Top < 0 || box.Right < box.Left || box.Bottom < box.Top
            || box.Right > shape[2] || box.Bottom > shape[1]))
            throw PackedFile.Broken(path, $"a box outside of its image in {SafeTensorsHeader.Show(part.Part)}.boxes",
                $"boxes within {shape[1]}×{shape[2]} pixels");
        if (sizes is not null && sizes.Any(size => size.Height <= 0 || size.Width <= 0))
            throw PackedFile.Broken(path, $"an empty picture in {SafeTensorsHeader.Show(part.Part)}.sizes", "heights and widths above 0");
        var (height, width, channels) = ((int)shape[1], (int)shape[2], (int)shape[3]);
        int imageBytes = height * width * channels;
        var (memory, blocks) = Pixels(pixels, imagesBefore, count, imageBytes);
        return new ImageSet(part.Name, memory, labels, classes, height, width, channels, boxes, sizes, part.Fingerprint)
        {
            Blocks = blocks,
        };

        bool Has(string what) => tensors.ContainsKey($"{part.Part}.{what}");

        SafeTensorsEntry Tensor(string what, ScalarType type, int dimensions)
        {
            if (!tensors.TryGetValue($"{part.Part}.{what}", out var entry))
                throw PackedFile.Broken(path, $"no tensor {SafeTensorsHeader.Show(part.Part)}.{what}", "one");
            return entry.Type == type && entry.Shape.Length == dimensions
                ? entry
                : throw PackedFile.Broken(path,
                    $"{SafeTensorsHeader.Show(part.Part)}.{what} with {entry.Shape.Length} dimensions of {entry.Type}",
                    $"{dimensions} of {type}");
        }

        ImageLabels Sets(SafeTensorsEntry entry)
        {
            if (entry.Shape[0] != count || entry.Shape[1] != classes.Count || entry.End - entry.Begin != (long)count * classes.Count)
            {
                throw PackedFile.Broken(path, $"{SafeTensorsHeader.Show(entry.Name)} of shape {string.Join("×", entry.Shape)}",
                    $"{count:N0}×{classes.Count}");
            }
            byte[] bits = new byte[entry.End - entry.Begin];
            file.Position = start + entry.Begin;
            file.ReadExactly(bits);
            return bits.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)1)
                ? throw PackedFile.Broken(path, $"a number above 1 in {SafeTensorsHeader.Show(entry.Name)}",
                    "1 for each class of an image, else 0")
                : ImageLabels.FromBits(bits, classes.Count);
        }

        int[] Numbers(SafeTensorsEntry entry, int each)
        {
            if (entry.End - entry.Begin != 4L * each * count)
                throw PackedFile.Broken(path, $"{SafeTensorsHeader.Show(entry.Name)} of shape {string.Join("×", entry.Shape)}",
                    $"{each} numbers for each of {count:N0} images");
            var numbers = new int[each * count];
            file.Position = start + entry.Begin;
            file.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan()));
            return numbers;
        }
    }

    // The pixels of a part in the file itself, or in shards.
    private (PixelMemory, ImageBlocks?) Pixels(SafeTensorsEntry? pixels, long imagesBefore, int count, int imageBytes)
    {
        int buffer = shuffleBuffer ?? ImageBlocks.BufferFor(imageBytes), resident = ImageBlocks.MostResident(buffer);
        long length = (long)count * imageBytes, block = (long)ImageBlocks.Size * imageBytes;
        if (shards is null)
        {
            var mapped = PixelMemory.Map(file, start + pixels!.Begin, length);
            if (count <= buffer)
                return (mapped, null);
            var own = new PixelBlocks([mapped], length, block, resident);
            return (own.Part(0, length), new ImageBlocks(own, 0, imageBytes, buffer));
        }
        // One for all parts.
        _blocks ??= new(shards.Files, (long)shards.ImagesEach * imageBytes, block, resident);
        return (_blocks.Part(imagesBefore * imageBytes, length), new ImageBlocks(_blocks, imagesBefore, imageBytes, buffer));
    }
}
