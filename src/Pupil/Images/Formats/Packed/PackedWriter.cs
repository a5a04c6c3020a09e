using System.Runtime.InteropServices;
using System.Text.Json;
using Pupil.Core;
using Pupil.Inference.Pictures;
using static TorchSharp.torch;

namespace Pupil.Images.Formats.Packed;

/// <summary>A part of a set that is being packed.</summary>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="Name">The name of the part's image set.</param>
/// <param name="Slots">The slots of the N images, ascending; they follow the slots of all parts before.</param>
/// <param name="Labels">The labels of the N images.</param>
/// <param name="Boxes">The N boxes, or null.</param>
/// <param name="Sizes">The N sizes of the original pictures, or null.</param>
internal sealed record PackedPart(
    string Part, string Name, IReadOnlyList<long> Slots, ImageLabels Labels, BoundingBox[]? Boxes, PictureSize[]? Sizes);

/// <summary>
/// Writes a packed file, a safetensors file. Each part has <c>PART.pixels</c> (N×H×W×C, U8), which may lie in shards, and
/// <c>PART.labels</c> (N, I32) or, with several labels a picture, <c>PART.label-sets</c> (N×K, U8: 1 for each class of an image, else 0).
/// Optional are <c>PART.boxes</c> (N×4, I32: left, top, right, bottom) and <c>PART.sizes</c> (N×2, I32: height, width). Images are
/// written in any order and from many
/// threads, before it is known which of them stay.
/// </summary>
internal sealed class PackedWriter
{
    private const int LeftOutNames = 200;
    // A character takes up to seven bytes in JSON within JSON.
    private const int FileLetters = 60, ReasonLetters = 120;
    private const int RoomForLeftOut = LeftOutNames * (7 * (FileLetters + ReasonLetters + 2) + 80);
    private const int RoomForEntries = 16 * 1024;
    private const int Chunk = 1 << 24;
    private const long Megabyte = 1_000_000;

    private readonly FileStream _file;
    private readonly (int Height, int Width, int Channels) _shape;
    private readonly int _imageBytes;
    private readonly int _headerBytes;
    private readonly PackedPixels _pixels;

    /// <summary>Starts a file and reserves space for its header.</summary>
    /// <param name="file">An empty file, open for reading and writing.</param>
    /// <param name="shape">H×W×C of every image.</param>
    /// <param name="classes">The class names.</param>
    /// <param name="shards">The shards of the pixels; null if the file itself gets them.</param>
    public PackedWriter(FileStream file, (int Height, int Width, int Channels) shape, IReadOnlyList<string> classes,
        PixelsInShards? shards = null)
    {
        (_file, _shape, _imageBytes) = (file, shape, shape.Height * shape.Width * shape.Channels);
        string names = JsonSerializer.Serialize(classes, PackedCard.Json);
        int bytes = RoomForEntries + RoomForLeftOut + 2 * JsonSerializer.SerializeToUtf8Bytes(names).Length;
        _headerBytes = (bytes + 7) / 8 * 8;
        _pixels = (PackedPixels?)shards ?? new PixelsInFile(file, TensorsStart);
    }

    private long TensorsStart => 8 + _headerBytes;

    /// <summary>Writes one image of H×W×C bytes into a slot; callable from any thread.</summary>
    public void WriteImage(long slot, ReadOnlySpan<byte> pixels) => _pixels.Write(pixels, slot * _imageBytes);

    /// <summary>Closes the gaps between the used slots, then writes labels, boxes, sizes and header.</summary>
    /// <param name="name">The set's name.</param>
    /// <param name="classes">The class names.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="leftOut">The files that were left out.</param>
    /// <param name="leftOutCount">The number of files that were left out, if <paramref name="leftOut"/> does not list all.</param>
    /// <param name="context">Receives progress and cancels; null for neither.</param>
    public void Finish(string name, IReadOnlyList<string> classes, IReadOnlyList<PackedPart> parts,
        IReadOnlyList<LeftOutFile> leftOut, int leftOutCount = 0, LoadContext? context = null)
    {
        CloseGaps(parts.SelectMany(part => part.Slots), context);
        _pixels.Finish(parts.Sum(part => (long)part.Labels.Count) * _imageBytes);
        var entries = new List<SafeTensorsEntry>();
        var tail = new MemoryStream();
        long pixelsEnd = 0;
        foreach (var part in _pixels.Shards is null ? parts : [])
        {
            long[] shape = [part.Labels.Count, _shape.Height, _shape.Width, _shape.Channels];
            pixelsEnd = Add(entries, $"{part.Part}.pixels", ScalarType.Byte, pixelsEnd, shape);
        }
        long end = pixelsEnd;
        foreach (var part in parts)
        {
            if (part.Labels.Labelling == Labelling.One)
            {
                end = Add(entries, $"{part.Part}.labels", ScalarType.Int32, end, part.Labels.Count);
                tail.Write(MemoryMarshal.AsBytes<int>(part.Labels.Numbers));
            }
            else
            {
                end = Add(entries, $"{part.Part}.label-sets", ScalarType.Byte, end, part.Labels.Count, classes.Count);
                tail.Write(part.Labels.ToBits(classes.Count));
            }
            if (part.Boxes is not null)
            {
                end = Add(entries, $"{part.Part}.boxes", ScalarType.Int32, end, part.Boxes.Length, 4);
                tail.Write(MemoryMarshal.AsBytes<BoundingBox>(part.Boxes));
            }
            if (part.Sizes is not null)
            {
                end = Add(entries, $"{part.Part}.sizes", ScalarType.Int32, end, part.Sizes.Length, 2);
                tail.Write(MemoryMarshal.AsBytes<PictureSize>(part.Sizes));
            }
        }
        var card = new PackedCard
        {
            Name = name,
            Classes = classes,
            Parts = [.. FingerprintedParts(classes, parts, context)],
            Shards = _pixels.Shards,
            LeftOutCount = Math.Max(leftOut.Count, leftOutCount),
            LeftOut = [.. leftOut.Take(LeftOutNames).Select(file => new LeftOutFile(CutStart(file.File), CutEnd(file.Reason)))],
        };
        byte[] header = new SafeTensorsHeader(entries, new Dictionary<string, string>
        {
            [PackedCard.FormatKey] = PackedCard.Format,
            [PackedCard.VersionKey] = PackedCard.Version,
            [PackedCard.CardKey] = JsonSerializer.Serialize(card, PackedCard.Json),
        }).ToBytes(_headerBytes);
        if (header.Length != TensorsStart)
            throw new InvalidOperationException($"The header takes {header.Length} bytes; {TensorsStart} were reserved for it.");
        RandomAccess.Write(_file.SafeFileHandle, header, 0);
        RandomAccess.Write(_file.SafeFileHandle, tail.GetBuffer().AsSpan(0, (int)tail.Length), TensorsStart + pixelsEnd);
        _file.SetLength(TensorsStart + end);
    }

    private static long Add(List<SafeTensorsEntry> entries, string name, ScalarType type, long begin, params long[] shape)
    {
        long end = begin + shape.Aggregate(type == ScalarType.Byte ? 1L : 4L, (product, size) => product * size);
        entries.Add(new SafeTensorsEntry(name, type, shape, begin, end));
        return end;
    }

    private static string CutStart(string text) => text.Length <= FileLetters ? text : $"…{text[^FileLetters..]}";

    private static string CutEnd(string text) => text.Length <= ReasonLetters ? text : $"{text[..ReasonLetters]}…";

    private void CloseGaps(IEnumerable<long> used, LoadContext? context)
    {
        byte[]? image = null;
        long to = 0;
        foreach (long from in used)
        {
            if (from != to)
            {
                context?.Stop.ThrowIfCancellationRequested();
                image ??= new byte[_imageBytes];
                _pixels.Read(image, from * _imageBytes);
                _pixels.Write(image, to * _imageBytes);
            }
            to++;
        }
    }

    private IEnumerable<PackedCardPart> FingerprintedParts(
        IReadOnlyList<string> classes, IReadOnlyList<PackedPart> parts, LoadContext? context)
    {
        long all = parts.Sum(part => (long)part.Labels.Count) * _imageBytes;
        long start = 0;
        foreach (var part in parts)
        {
            using var hash = ImageSet.StartFingerprint(part.Labels, classes, _shape.Height, _shape.Width, _shape.Channels);
            long end = start + (long)part.Labels.Count * _imageBytes;
            var chunk = new byte[(int)Math.Min(Chunk, end - start)];
            for (; start < end; start += chunk.Length)
            {
                var read = chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - start));
                _pixels.Read(read, start);
                hash.AppendData(read);
                context?.Stop.ThrowIfCancellationRequested();
                context?.Progress?.Report(new LoadProgress("hashing images, MB", (start + read.Length) / Megabyte, all / Megabyte));
            }
            start = end;
            yield return new PackedCardPart(part.Part, part.Name, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
    }
}
