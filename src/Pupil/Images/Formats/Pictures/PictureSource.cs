using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>
/// A source of picture files of any size. They are decoded once, on all cores, and kept as one packed file in the cache folder
/// (<c>~/.cache/pupil/images</c>, or <c>$PUPIL_CACHE</c>). The folder may be deleted at any time.
/// </summary>
public abstract record PictureSource : DataSource
{
    private const int LargestSize = 1024;

    /// <summary>The side of the squares that the pictures are decoded to, in pixels, 8…1024. Default 64.</summary>
    [Description("The side of the squares that the pictures are decoded to, in pixels; data.input may crop or scale these.")]
    [Range(8, LargestSize)]
    public int Size { get; init; } = 64;

    /// <summary>How a picture becomes a square. Default <see cref="PictureFit.Crop"/>.</summary>
    [Description("How a picture becomes a square: crop (its central square), stretch (the whole picture, proportions changed), "
        + "pad (the whole picture with black bars).")]
    public PictureFit Fit { get; init; }

    /// <summary>Whether the images are grey (one channel). Default false: all images are RGB, those of grey pictures too.</summary>
    [Description("Decode to grey images of one channel; otherwise all images are RGB, those of grey pictures too.")]
    public bool Grey { get; init; }

    /// <summary>Whether broken pictures are left out, counted and listed, instead of refused. Default false.</summary>
    [Description("Leave broken pictures out, counted and listed, instead of refusing to start.")]
    public bool SkipBroken { get; init; }

    /// <summary>The names of classes that no network is trained on or tested on. Default none.</summary>
    [Description("Classes that no network is trained on or tested on. Their pictures can find the threshold of an exported model for "
        + "pictures of none of its classes (pupil export --reject-classes).")]
    public IReadOnlyList<string> UnknownClasses { get; init; } = [];

    /// <inheritdoc/>
    internal sealed override DataSource? AtSize(int size) => size > Size && size <= LargestSize ? this with { Size = size } : null;

    /// <inheritdoc/>
    public sealed override DataSplits Load(LoadContext? context = null)
    {
        context ??= new LoadContext();
        var (tree, list) = OpenChecked(context);
        using (tree)
        {
            return PictureCache.Load(tree, list, Options, context) with
            {
                PassedOver = list.PassedOver,
                Unread = list.Unread,
                IsTestDrawn = list.IsTestDrawn,
                Fit = Fit,
            };
        }
    }

    /// <summary>Decodes the pictures into a packed data set, past the cache: a large set needs the disk once.</summary>
    /// <param name="target">The file or folder.</param>
    /// <param name="context">Receives progress and cancels.</param>
    /// <exception cref="UserErrorException">A picture is broken, or the set cannot be written.</exception>
    internal void Pack(PackedTarget target, LoadContext context)
    {
        var (tree, list) = OpenChecked(context);
        using (tree)
            new PicturePacking(tree, list, Options, context).WriteWhole(target);
    }

    /// <inheritdoc/>
    internal sealed override ImageSet LoadUnlabelled(LoadContext context)
    {
        var (tree, pictures) = OpenUnlabelled();
        using (tree)
        {
            // As pictures that are measured, which need not be of every class. A packed file has two classes or more.
            PictureEntry[] entries = [.. pictures.Select(picture => new PictureEntry(picture, 0))];
            string[] classes = ["unlabelled", "unused"];
            var list = new PictureList("unlabelled", classes, [new("test", entries)]) { IsMeasured = true };
            context = context with { MeasuredClasses = classes };
            list.Check(tree.Path);
            return PictureCache.Load(tree, list, Options, context).Train;
        }
    }

    /// <summary>Reads some of the training pictures, evenly spaced among all.</summary>
    /// <param name="most">The number of pictures to read at most.</param>
    /// <exception cref="UserErrorException">The source cannot be read.</exception>
    internal PictureSample Sample(int most)
    {
        var (tree, list) = Open(new());
        using (tree)
        {
            list = list.Without(UnknownClasses, tree.Path);
            list.Check(tree.Path);
            return PictureSample.FromPictures(tree, list.Parts[0].Pictures, most);
        }
    }

    /// <summary>Reads the pictures of the <see cref="UnknownClasses"/>, of all parts.</summary>
    /// <exception cref="UserErrorException">The source cannot be read, or has no such class.</exception>
    internal IEnumerable<(string Name, byte[] Bytes)> UnknownPictures()
    {
        var (tree, list) = Open(new());
        using (tree)
        {
            var wanted = list.FilesOf(UnknownClasses, tree.Path);
            foreach (var file in tree.Files(wanted.Contains).Where(file => wanted.Contains(file.Name)))
                yield return (file.Name, file.Read());
        }
    }

    private PictureOptions Options => new(Size, Fit, Grey ? 1 : 3, SkipBroken);

    private (FileTree Tree, PictureList List) OpenChecked(LoadContext context)
    {
        var measured = context.MeasuredClasses;
        var (tree, list) = Open(measured is null ? context : context with { MeasuredClasses = [.. measured.Union(UnknownClasses)] });
        return Listed(tree, _ =>
        {
            list = list.Without([.. UnknownClasses.Except(measured ?? [])], tree.Path);
            list.Check(tree.Path);
            return list;
        });
    }

    /// <summary>Opens the files and lists all pictures, with or without classes; the caller disposes of the files.</summary>
    /// <exception cref="UserErrorException">The files cannot be read.</exception>
    private protected abstract (FileTree Tree, IReadOnlyList<string> Pictures) OpenUnlabelled();

    /// <summary>Opens the files and lists the pictures; the caller disposes of the files.</summary>
    /// <param name="context">Whether the pictures measure a network, and its classes.</param>
    /// <exception cref="UserErrorException">The files cannot be read, or the list is wrong.</exception>
    private protected abstract (FileTree Tree, PictureList List) Open(LoadContext context);

    /// <summary>Lists the pictures of opened files, which are closed if that fails.</summary>
    private protected static (FileTree Tree, T List) Listed<T>(FileTree tree, Func<FileTree, T> list)
    {
        try
        {
            return (tree, list(tree));
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }
}
