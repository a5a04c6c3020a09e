using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// Images without labels. The cross-entropy counts the labelled images of a batch only, the terms of the method all. An epoch has as many
/// images as there are with and without labels.
/// </summary>
public sealed record UnlabelledOptions
{
    /// <summary>
    /// Their source, whose labels do not count: all pictures of a folder, archive or list, the training split of another source. Null: the
    /// images of the recipe's own training split that <c>trainImages</c> leaves out.
    /// </summary>
    [Description("Their source, whose labels do not count (pictures need no class folders); null: the images of the training split that "
        + "data.trainImages leaves out.")]
    public DataSource? Source { get; init; }

    /// <summary>Their number; null for all.</summary>
    [Description("How many of them to take; null for all."), Range(1, int.MaxValue)]
    public int? Images { get; init; }

    /// <summary>Their share of each batch, 0.01…1; null: their share of all images. 1: no labelled image is trained on.</summary>
    [Description("Their share of each batch; null: their share of all images; 1: no labelled image is trained on, so that labels only "
        + "measure."), Range(0.01, 1.0)]
    public double? Share { get; init; }

    /// <summary>Loads them at the size of the labelled images; null without a source of their own.</summary>
    /// <param name="labelledSource">The source of the labelled images.</param>
    /// <param name="labelled">The labelled images.</param>
    /// <param name="context">The context of loading.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged, or the images have another size.</exception>
    internal ImageSet? Load(DataSource labelledSource, ImageSet labelled, LoadContext context)
    {
        if (Source is null)
            return null;
        var set = LikeLabelled(labelledSource, labelled.Height, labelled.Channels)!.LoadUnlabelled(context);
        if ((set.Height, set.Width, set.Channels) != (labelled.Height, labelled.Width, labelled.Channels))
        {
            throw new UserErrorException($"data.unlabelled.source: found images of {set.Height}×{set.Width}×{set.Channels}, expected "
                + $"{labelled.Height}×{labelled.Width}×{labelled.Channels} as the labelled ones have; choose another source.");
        }
        return set;
    }

    /// <summary>Returns the source at the size and with the channels of the labelled images, if it has pictures of any size.</summary>
    /// <param name="labelledSource">The source of the labelled images.</param>
    /// <param name="size">The side of the images, in pixels.</param>
    /// <param name="channels">C, 1 or 3.</param>
    internal DataSource? LikeLabelled(DataSource labelledSource, int size, int channels) => Source is not PictureSource pictures ? Source
        : pictures with { Size = size, Grey = channels == 1, Fit = (labelledSource as PictureSource)?.Fit ?? pictures.Fit };

    /// <summary>Draws the images.</summary>
    /// <param name="all">The images to draw from.</param>
    /// <param name="seed">The seed of the draw.</param>
    /// <exception cref="UserErrorException">There are none, or fewer than asked for.</exception>
    internal ImageSubset Draw(ImageSubset all, long seed)
    {
        if (all.Count == 0)
        {
            throw new UserErrorException("data.unlabelled: found no image that data.trainImages leaves out, expected some; lower "
                + "data.trainImages, or give data.unlabelled.source.");
        }
        if (Images > all.Count)
        {
            throw new UserErrorException(
                $"data.unlabelled.images: found {Images}, expected at most {all.Count:N0}, all that there are; lower it.");
        }
        return Images is int count ? all.Draw(count, RandomStream.Purpose.Unlabelled, seed).Taken : all;
    }
}
