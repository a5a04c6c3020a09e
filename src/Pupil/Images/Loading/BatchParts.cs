using static TorchSharp.torch;

namespace Pupil.Images.Loading;

/// <summary>
/// The share of a process in batches that are made as a whole, because images of a batch are mixed with each other or have labels in part.
/// For one thread.
/// </summary>
/// <param name="batches">Makes the whole batches.</param>
/// <param name="share">The share.</param>
internal sealed class BatchParts(IBatchSource batches, BatchShare share) : IBatchSource
{
    /// <inheritdoc/>
    public int Steps => batches.Steps;

    /// <inheritdoc/>
    public Batch Get(int epoch, int step)
    {
        var whole = batches.Get(epoch, step);
        // Labelled images and others are divided separately, so that every process has its part of both.
        int labelled = whole.Target is PartialTarget partial ? partial.Count : whole.Count, without = whole.Count - labelled;
        if (!share.Divides(labelled) || without > 0 && !share.Divides(without))
            return whole;
        var (first, count) = share.Of(labelled);
        var (firstWithout, countWithout) = share.Of(without);
        var place = new WholeBatch(whole.Indices, whole.Target);
        using (whole.Images)
        {
            return new Batch(Part(whole.Images), place.Scaled(PartOf(whole.Target), count + countWithout), whole.ConfiguredSize)
            {
                Indices = [.. whole.Indices.Skip(first).Take(count), .. whole.Indices.Skip(labelled + firstWithout).Take(countWithout)],
                Views = new BatchViews(view => Part(whole.ImagesAt(view)).DetachFromDisposeScope(), whole.Views),
                Whole = place,
            };
        }

        Tensor Part(Tensor images) => without == 0 ? images.narrow(0, first, count)
            : cat([images.narrow(0, first, count), images.narrow(0, labelled + firstWithout, countWithout)]);

        Target PartOf(Target target) => target switch
        {
            PartialTarget partial => partial with { Labelled = PartOf(partial.Labelled), Count = count },
            HardTarget hard => hard with { ClassNumbers = hard.ClassNumbers.narrow(0, first, count) },
            SoftTarget soft => soft with { Shares = soft.Shares.narrow(0, first, count) },
            LabelSetTarget sets => sets with { Members = sets.Members.narrow(0, first, count) },
            _ => target,
        };
    }
}
