using System.Globalization;
using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// The slots of images in shards, files of equal numbers of images: safetensors files with the tensor <c>pixels</c> (N×H×W×C, U8).
/// </summary>
internal sealed class PixelsInShards : PackedPixels, IDisposable
{
    private const int HeaderBytes = 248;
    private const string Tensor = "pixels";

    private readonly string _folder;
    private readonly (int Height, int Width, int Channels) _shape;
    private readonly long _bytesEach;
    private readonly List<FileStream> _files = [];
    private readonly Lock _opening = new();
    private bool _isKept;

    /// <summary>Starts the shards of a new data set; those of an interrupted writing are replaced.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="shape">H×W×C of every image.</param>
    /// <param name="imagesEach">The number of images in each file.</param>
    public PixelsInShards(string folder, (int Height, int Width, int Channels) shape, int imagesEach)
    {
        (_folder, _shape, ImagesEach) = (folder, shape, imagesEach);
        _bytesEach = (long)imagesEach * ImageBytes;
    }

    /// <inheritdoc/>
    public override PackedCardShards Shards => new(ImagesEach, _files.Count);

    private int ImagesEach { get; }

    private int ImageBytes => _shape.Height * _shape.Width * _shape.Channels;

    /// <summary>Returns the path of a shard.</summary>
    public static string PathOf(string folder, int shard) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"shard-{shard:00000}.safetensors"));

    /// <summary>Whether a file's name is that of a shard.</summary>
    public static bool IsName(string name) => name.Length == "shard-00000.safetensors".Length
        && name.StartsWith("shard-", StringComparison.Ordinal) && name.EndsWith(".safetensors", StringComparison.Ordinal);

    /// <summary>Returns the path of a shard beside the index.</summary>
    public static string PathBeside(string index, int shard) => PathOf(Path.GetDirectoryName(Path.GetFullPath(index))!, shard);

    /// <summary>The place of the pixels in a shard.</summary>
    public static long PixelsStart => 8 + HeaderBytes;

    /// <summary>Returns the header of a shard.</summary>
    public static byte[] Header(long images, (int Height, int Width, int Channels) shape)
    {
        long[] sizes = [images, shape.Height, shape.Width, shape.Channels];
        long bytes = images * shape.Height * shape.Width * shape.Channels;
        var entry = new SafeTensorsEntry(Tensor, ScalarType.Byte, sizes, 0, bytes);
        return new SafeTensorsHeader([entry], new Dictionary<string, string>()).ToBytes(HeaderBytes);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes, long place)
    {
        for (long at = place; bytes.Length > 0;)
        {
            var (shard, start, length) = Part(at, bytes.Length);
            RandomAccess.Write(FileOf(shard).SafeFileHandle, bytes[..length], PixelsStart + start);
            bytes = bytes[length..];
            at += length;
        }
    }

    /// <inheritdoc/>
    public override void Read(Span<byte> target, long place)
    {
        for (long at = place; target.Length > 0;)
        {
            var (shard, start, length) = Part(at, target.Length);
            Read(FileOf(shard), target[..length], PixelsStart + start);
            target = target[length..];
            at += length;
        }
    }

    /// <inheritdoc/>
    public override void Finish(long bytes)
    {
        int count = (int)((bytes + _bytesEach - 1) / _bytesEach);
        foreach (var file in _files.Skip(count).ToArray())
        {
            file.Dispose();
            File.Delete(file.Name);
        }
        _files.RemoveRange(count, _files.Count - count);
        foreach (var (shard, file) in _files.Index())
        {
            long length = Math.Min(_bytesEach, bytes - shard * _bytesEach);
            RandomAccess.Write(file.SafeFileHandle, Header(length / ImageBytes, _shape), 0);
            file.SetLength(PixelsStart + length);
            file.Flush(flushToDisk: true);
        }
    }

    /// <summary>Keeps the shards when this object is disposed of.</summary>
    public void Keep() => _isKept = true;

    /// <summary>Closes the shards, and removes them unless they are kept.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
            if (!_isKept)
                Remove(file.Name);
        }
    }

    private (int Shard, long Start, int Length) Part(long place, int length)
    {
        int shard = (int)(place / _bytesEach);
        long start = place - shard * _bytesEach;
        return (shard, start, (int)Math.Min(length, _bytesEach - start));
    }

    private FileStream FileOf(int shard)
    {
        lock (_opening)
        {
            while (_files.Count <= shard)
            {
                string path = PathOf(_folder, _files.Count);
                _files.Add(new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None));
            }
            return _files[shard];
        }
    }

    // The error before this one is the one to report.
    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next writing removes it.
        }
    }
}
