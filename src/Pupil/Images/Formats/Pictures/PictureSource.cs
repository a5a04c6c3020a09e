using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>
/// A source whose images are picture files of any size. They are decoded once, on all cores, and kept as one packed file in the cache folder
/// (<c>~/.cache/pupil/images</c>, or <c>$PUPIL_CACHE</c>), which may be deleted at any time.
/// </summary>
public abstract record PictureSource : DataSource
{
    /// <summary>The side of the squares that the pictures become, in pixels, 8…1024. Default 64.</summary>
    [Description("The side of the squares that the pictures become, in pixels; data.input may cut smaller ones out of these.")]
    [Range(8, 1024)]
    public int Size { get; init; } = 64;

    /// <summary>How a picture becomes a square. Default <see cref="PictureFit.Crop"/>.</summary>
    [Description("How a picture becomes a square: crop (its middle), stretch (all of it, its shape changed), pad (all of it, black bars beside it).")]
    public PictureFit Fit { get; init; }

    /// <summary>Whether the images are grey (one channel). Default false: red, green and blue, grey pictures too.</summary>
    [Description("Make grey images of one channel; otherwise all are RGB, grey pictures too.")]
    public bool Grey { get; init; }

    /// <summary>Whether broken pictures are left out, counted and listed, instead of refused. Default false.</summary>
    [Description("Leave broken pictures out, counted and listed, instead of refusing to start.")]
    public bool SkipBroken { get; init; }

    /// <summary>Decodes a list of pictures, or finds them decoded.</summary>
    private protected DataSplits Decode(FileTree tree, PictureList list, LoadContext? setting)
    {
        list.Check(tree.Path);
        return PictureCache.Load(tree, list, new PictureOptions(Size, Fit, Grey ? 1 : 3, SkipBroken), setting ?? new LoadContext());
    }
}
