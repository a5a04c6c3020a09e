using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pupil.Core;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Pictures;

/// <summary>
/// A cache of decoded pictures in packed files, so that every set is decoded once. The key of a file is a hash of its pictures'
/// contents and of the decoding options. A stamp of names, sizes and times maps to the key without reading the pictures again.
/// </summary>
internal static class PictureCache
{
    // A part of every key; raised when a change of the code gives the same pictures other pixels.
    private const string Generation = "1";
    private const string Unreadable = "unreadable";

    /// <summary>Returns the decoded pictures from the cache, or decodes and caches them.</summary>
    /// <exception cref="UserErrorException">A picture is broken or missing, or the folder is not writable.</exception>
    public static DataSplits Load(FileTree tree, PictureList list, PictureOptions options, LoadContext context)
    {
        var splits = Decoded(tree, list, options, context);
        if (splits.LeftOutCount == 0 || options.SkipBroken)
        {
            NameFiles(splits, list);
            return splits;
        }
        int total = splits.LeftOutCount + splits.Parts.Sum(part => part.Images.Count);
        throw BrokenPictures.Refuse(tree.Path, splits.LeftOutCount, total, splits.LeftOut);
    }

    // Unless more files were left out than are listed.
    private static void NameFiles(DataSplits splits, PictureList list)
    {
        if (splits.LeftOutCount > splits.LeftOut.Count)
            return;
        HashSet<string> leftOut = [.. splits.LeftOut.Select(file => file.File)];
        foreach (var (part, images) in splits.Parts)
        {
            var kept = list.Parts.FirstOrDefault(listed => listed.Part == part)?.Pictures.Where(picture => !leftOut.Contains(picture.File))
                .ToList();
            if (kept is not null && ImageLabels.Of(list.Labelling, kept.Select(picture => picture.Labels)).IsSame(images.AllLabels))
                images.Files = [.. kept.Select(picture => picture.File)];
        }
    }

    private static DataSplits Decoded(FileTree tree, PictureList list, PictureOptions options, LoadContext context)
    {
        string folder = context.FolderOfCache(Environment.GetEnvironmentVariable);
        string stampFile = Path.Combine(folder, $"{Key(list, options, Stamps(tree))}.stamp");
        if (ReadStamp(stampFile) is { } known && TryOpen(known) is { } kept)
            return kept;
        var contents = Contents(tree, list, context);
        string packed = Path.Combine(folder, $"{list.Name}-{Key(list, options, contents)[..16]}.safetensors");
        MakeFolder(folder);
        AtomicFile.RemoveStale(folder);
        if (TryOpen(packed) is not { } splits)
        {
            new PicturePacking(tree, list, options, context).Write(packed);
            splits = PackedFile.Open(packed, context);
        }
        // An unreadable file may become readable without a new size or time.
        if (contents.AllRead)
            AtomicFile.WriteText(stampFile, Path.GetFileName(packed));
        return splits;

        // A damaged file is replaced.
        DataSplits? TryOpen(string file)
        {
            try
            {
                return File.Exists(file) ? PackedFile.Open(file, context) : null;
            }
            catch (UserErrorException)
            {
                return null;
            }
        }

        string? ReadStamp(string file)
        {
            try
            {
                return File.Exists(file) ? Path.Combine(folder, Path.GetFileName(RegularFile.ReadAllText(file).Trim())) : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserErrorException)
            {
                return null;
            }
        }
    }

    /// <summary>The state of a set's files: of all together, of each by its name, and whether all could be read.</summary>
    private sealed record State(string Whole, Func<string, string> Of, bool AllRead);

    // Hashes everything that determines the packed file: the decoding options and the state of the files.
    private static string Key(PictureList list, PictureOptions options, State state)
    {
        var text = new StringBuilder($"{Generation}\n{list.Name}\n{options.Size} {options.Fit} {options.Channels}\n{state.Whole}\n");
        foreach (string name in list.Classes)
            text.Append(name).Append('\n');
        foreach (var (part, pictures) in list.Parts)
        {
            text.Append('\0').Append(part).Append(list.Labelling == Labelling.One ? "" : "\tseveral").Append('\n');
            foreach (var (file, labels, box) in pictures)
            {
                text.Append(file).Append('\t').AppendJoin(' ', labels).Append('\t').Append(state.Of(file));
                if (box is { } found)
                    text.Append(CultureInfo.InvariantCulture, $"\t{found.Left} {found.Top} {found.Right} {found.Bottom}");
                text.Append('\n');
            }
        }
        return Hash.OfText(text.ToString());
    }

    // The state by size and time, which are known without reading.
    private static State Stamps(FileTree tree)
    {
        if (tree.IsArchive)
        {
            var archive = new FileInfo(tree.Path);
            return new($"{archive.FullName}\t{archive.Length}\t{archive.LastWriteTimeUtc.Ticks}", _ => "", AllRead: true);
        }
        var files = tree.List().ToDictionary(file => file.Name, StringComparer.Ordinal);
        return new(Path.GetFullPath(tree.Path), Stamp, AllRead: true);

        string Stamp(string name) =>
            files.TryGetValue(name, out var file) ? string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.Modified}") : "";
    }

    // The state by SHA-256 of the files, or of the archive as a whole.
    private static State Contents(FileTree tree, PictureList list, LoadContext context)
    {
        if (tree.IsArchive)
        {
            using var stream = RegularFile.OpenRead(tree.Path, buffer: 1 << 16);
            return new(Convert.ToHexStringLower(SHA256.HashData(stream)), _ => "", AllRead: true);
        }
        HashSet<string> wanted = [.. list.Parts.SelectMany(part => part.Pictures).Select(picture => picture.File)];
        var hashes = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        long done = 0;
        TreeWork.ForEach(tree.Files(wanted.Contains).Where(file => wanted.Contains(file.Name)), () => hashes, (file, found) =>
        {
            found[file.Name] = HashOf(file);
            if (Interlocked.Increment(ref done) is var count && count % 256 == 0)
                context.Progress?.Report(new LoadProgress("hashing pictures", count, wanted.Count));
        }, context.Stop);
        context.Progress?.Report(new LoadProgress("hashing pictures", wanted.Count, wanted.Count));
        return new("", name => hashes.GetValueOrDefault(name, ""), hashes.Count == wanted.Count && !hashes.Values.Contains(Unreadable));
    }

    // The decoding reports a file that cannot be read.
    private static string HashOf(TreeFile file)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(file.Read()));
        }
        catch (UserErrorException)
        {
            return Unreadable;
        }
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder}: the cache folder of decoded pictures cannot be created "
                + $"({error.Message.ReplaceLineEndings(" ")}); set {LoadContext.CacheVariable} to another folder.", error);
        }
    }
}
