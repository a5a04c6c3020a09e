using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>
/// A source of picture files of any size. They are decoded once, on all cores, and kept as one packed file in the cache folder
/// (<c>~/.cache/pupil/images</c>, or <c>$PUPIL_CACHE</c>). The folder may be deleted at any time.
/// </summary>
public abstract record PictureSource : DataSource
{
    /// <summary>The side of the squares that the pictures are decoded to, in pixels, 8…1024. Default 64.</summary>
    [Description("The side of the squares that the pictures are decoded to, in pixels; data.input may crop or scale these.")]
    [Range(8, 1024)]
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

    /// <summary>Decodes a list of pictures, or returns the decoded pictures of the cache.</summary>
    private protected DataSplits Decode(FileTree tree, PictureList list, LoadContext? context)
    {
        list.Check(tree.Path);
        return PictureCache.Load(tree, list, new PictureOptions(Size, Fit, Grey ? 1 : 3, SkipBroken), context ?? new LoadContext());
    }
}
