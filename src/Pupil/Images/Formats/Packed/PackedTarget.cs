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
    /// <param name="fill">Writes the images and finishes the writer.</param>
    /// <exception cref="UserErrorException">A file cannot be written, or the folder is in use.</exception>
    public void Write((int Height, int Width, int Channels) shape, IReadOnlyList<string> classes, Action<PackedWriter> fill)
    {
        if (_shardBytes is not long bytes)
        {
            AtomicFile.Write(_path, file => fill(PackedWriter.ToOneFile(file, shape, classes)));
            return;
        }
        int imagesEach = (int)Math.Clamp(bytes / (shape.Height * shape.Width * shape.Channels), 1, int.MaxValue);
        Prepare();
        AtomicFile.Write(IndexIn(_path), file =>
        {
            using var shards = new PixelsInShards(_path, shape, imagesEach);
            fill(PackedWriter.ToShards(file, shards, shape, classes));
        });
    }

    private void Prepare()
    {
        try
        {
            if (System.IO.File.Exists(_path))
                throw new UserErrorException($"{_path}: found a file, expected the name of a new folder for the shards; choose another name.");
            Directory.CreateDirectory(_path);
            string first = PixelsInShards.PathOf(_path, 0);
            if (Directory.EnumerateFileSystemEntries(_path).Any() && (!System.IO.File.Exists(first) || IsFinished))
            {
                throw new UserErrorException($"{_path}: found {(IsFinished ? "a finished data set" : "other files")}, expected a new or "
                    + "empty folder for the shards; choose another name, or remove it.");
            }
            // What an interrupted writing left. Its shards are locked while it runs.
            foreach (string shard in Directory.EnumerateFiles(_path, "shard-*.safetensors").ToArray())
            {
                using (new FileStream(shard, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                    System.IO.File.Delete(shard);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{_path}: shards cannot be written here ({error.Message.ReplaceLineEndings(" ")}); "
                + "another process may be writing them: wait for it, or choose another folder.", error);
        }
    }

    private bool IsFinished => System.IO.File.Exists(IndexIn(_path));
}
