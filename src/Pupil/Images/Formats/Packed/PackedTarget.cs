using Pupil.Core;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// Where a packed data set is written: one file, or a folder with an index file and shards. The index is written last, so a folder
/// without one holds what an interrupted writing left.
/// </summary>
internal sealed class PackedTarget
{
    private const string Index = "images.safetensors";

    private readonly string _path;
    private readonly long? _shardBytes;

    private PackedTarget(string path, long? shardBytes) => (_path, _shardBytes) = (path, shardBytes);

    /// <summary>Returns the path of the index in a folder of shards.</summary>
    public static string IndexIn(string folder) => Path.Combine(folder, Index);

    /// <summary>Whether a folder holds a data set in shards.</summary>
    public static bool IsIn(string folder) =>
        System.IO.File.Exists(IndexIn(folder)) && System.IO.File.Exists(PixelsInShards.PathOf(folder, 0));

    /// <summary>Returns a file; one of that name is replaced once the writing has succeeded.</summary>
    public static PackedTarget File(string path) => new(path, null);

    /// <summary>Returns a folder of shards, which is made if it is missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="shardBytes">The most bytes of pixels in each shard; a shard holds at least one image.</param>
    public static PackedTarget Folder(string folder, long shardBytes) => new(folder, shardBytes);

    /// <summary>Writes a data set.</summary>
    /// <param name="shape">H×W×C of every image.</param>
    /// <param name="classes">The class names.</param>
    /// <param name="images">The number of images, or more if some are left out.</param>
    /// <param name="fill">Writes the images and finishes the writer.</param>
    /// <exception cref="UserErrorException">A file cannot be written, or the folder is in use.</exception>
    public void Write((int Height, int Width, int Channels) shape, IReadOnlyList<string> classes, long images, Action<PackedWriter> fill)
    {
        if (_shardBytes is not long bytes)
        {
            AtomicFile.Write(_path, file => fill(new PackedWriter(file, shape, classes)));
            return;
        }
        int imagesEach = ImagesEach(bytes, shape.Height * shape.Width * shape.Channels);
        if (images > (long)PackedShards.Most * imagesEach)
        {
            throw new UserErrorException($"{_path}: {images:N0} images make {(images + imagesEach - 1) / imagesEach:N0} shards of "
                + $"{imagesEach:N0}, expected at most {PackedShards.Most:N0}, each an open file; set a larger size of shards.");
        }
        try
        {
            Prepare();
            WriteShards(shape, classes, imagesEach, fill);
        }
        catch (Exception error) when (Cause(error) is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain(_path, Cause(error));
        }
    }

    private void WriteShards(
        (int Height, int Width, int Channels) shape, IReadOnlyList<string> classes, int imagesEach, Action<PackedWriter> fill)
    {
        using var shards = new PixelsInShards(_path, shape, imagesEach);
        AtomicFile.Write(IndexIn(_path), file => fill(new PackedWriter(file, shape, classes, shards)));
        shards.Keep();
    }

    private static Exception Cause(Exception error) =>
        error is AggregateException { InnerExceptions: [var first, ..] } ? Cause(first) : error;

    // Whole blocks, where a shard holds one.
    private static int ImagesEach(long shardBytes, int imageBytes)
    {
        int images = (int)Math.Clamp(shardBytes / imageBytes, 1, int.MaxValue);
        return images < ImageBlocks.Size ? images : images / ImageBlocks.Size * ImageBlocks.Size;
    }

    private void Prepare()
    {
        if (System.IO.File.Exists(_path))
            throw new UserErrorException($"{_path}: found a file, expected the name of a new folder for the shards; choose another name.");
        Directory.CreateDirectory(_path);
        if (IsFinished)
            throw Occupied("a finished data set");
        string[] entries = Directory.GetFileSystemEntries(_path);
        // A writing that was interrupted at its end has left complete shards beside the temporary file of its index.
        bool hasLeftIndex = entries.Any(entry => AtomicFile.IsTemporaryOf(IndexIn(_path), entry));
        string[] left = [.. entries.Where(entry => !AtomicFile.IsTemporary(entry))];
        if (!left.All(entry => IsUnfinishedShard(entry, hasLeftIndex)))
            throw Occupied("other files");
        foreach (string shard in left)
            System.IO.File.Delete(shard);
    }

    private UserErrorException Occupied(string found) => new($"{_path}: found {found}, expected a new or empty folder for the shards; "
        + "choose another name, or remove it.");

    // What an interrupted writing left: shards get their headers at the end. They are locked while they are written.
    private bool IsUnfinishedShard(string path, bool hasLeftIndex)
    {
        if (!PixelsInShards.IsName(Path.GetFileName(path)) || Directory.Exists(path))
            return false;
        try
        {
            using var shard = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            Span<byte> start = stackalloc byte[8];
            return hasLeftIndex || !start[..shard.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)].ContainsAnyExcept((byte)0);
        }
        catch (IOException error)
        {
            throw new UserErrorException($"{_path}: found shards that another process is writing, expected a folder for this one alone; "
                + "wait for it, or choose another name.", error);
        }
    }

    private bool IsFinished => System.IO.File.Exists(IndexIn(_path));
}
