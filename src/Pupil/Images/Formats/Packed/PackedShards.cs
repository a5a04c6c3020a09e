using Pupil.Core;

namespace Pupil.Images.Formats.Packed;

/// <summary>Opens the shards of a packed data set.</summary>
internal static class PackedShards
{
    /// <summary>The most shards: each is an open file.</summary>
    public const int Most = 5000;

    /// <summary>The pixels of all shards.</summary>
    /// <param name="Files">The pixels of each.</param>
    /// <param name="Shape">H×W×C of every image.</param>
    /// <param name="Images">The number of images.</param>
    /// <param name="ImagesEach">The number of images in each shard.</param>
    public sealed record Opened(
        IReadOnlyList<PixelMemory> Files, (int Height, int Width, int Channels) Shape, long Images, int ImagesEach);

    /// <summary>Maps the shards; their pixels are read on access.</summary>
    /// <param name="index">The path of the index, which lies beside them.</param>
    /// <param name="card">Their number and size.</param>
    /// <exception cref="UserErrorException">A shard is missing or another one.</exception>
    /// <exception cref="IOException">A shard cannot be read.</exception>
    public static Opened Open(string index, PackedCardShards card)
    {
        if (card.ImagesEach < 1 || card.Count is < 1 or > Most)
            throw PackedFile.Broken(index, $"{card.Count} shards of {card.ImagesEach} images", $"1…{Most} shards of at least one");
        var shapes = new List<long[]>();
        var files = new List<PixelMemory>();
        for (int shard = 0; shard < card.Count; shard++)
        {
            string path = PixelsInShards.PathBeside(index, shard);
            if (!File.Exists(path))
                throw PackedFile.Unusable($"{path}: is missing, one of the {card.Count} shards of {index}; get it again.");
            shapes.Add(Shape(path));
            long images = shapes[shard][0];
            if (!shapes[shard].AsSpan(1).SequenceEqual(shapes[0].AsSpan(1)) || images > card.ImagesEach
                || (shard < card.Count - 1 && images != card.ImagesEach))
            {
                throw PackedFile.Broken(path, $"{string.Join('×', shapes[shard])} pixels",
                    $"{card.ImagesEach}×{string.Join('×', shapes[0].Skip(1))} as in the first of them");
            }
            var file = RegularFile.OpenRead(path, FileShare.Read | FileShare.Delete);
            files.Add(PixelMemory.Map(file, PixelsInShards.PixelsStart, shapes[shard].Aggregate((product, size) => product * size)));
        }
        var (height, width, channels) = ((int)shapes[0][1], (int)shapes[0][2], (int)shapes[0][3]);
        return new(files, (height, width, channels), shapes.Sum(shape => shape[0]), card.ImagesEach);
    }

    // A shard has one tensor, right behind a header of fixed length.
    private static long[] Shape(string path)
    {
        var header = SafeTensors.ReadHeader(path);
        return header.Tensors is [{ Type: TorchSharp.torch.ScalarType.Byte, Begin: 0, Shape: var shape } entry]
            && PackedReader.IsShape(shape) && new FileInfo(path).Length == PixelsInShards.PixelsStart + entry.End
            ? shape
            : throw PackedFile.Broken(path, $"{header.Tensors.Count} tensors and {new FileInfo(path).Length:N0} bytes",
                "one tensor N×H×W×C of bytes behind a header of 256 bytes");
    }
}
