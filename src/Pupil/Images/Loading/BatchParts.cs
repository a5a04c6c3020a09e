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
        BatchPlace[] places = [new(first, count), .. without == 0 ? [] : new BatchPlace[] { new(labelled + firstWithout, countWithout) }];
        var place = new WholeBatch(whole.Indices, whole.Target, places);
        using (whole.Images)
        {
            return new Batch(Part(whole.Images), place.Scaled(PartOf(whole.Target), count + countWithout), whole.ConfiguredSize)
            {
                Indices = [.. places.SelectMany(part => whole.Indices.Skip(part.First).Take(part.Count))],
                Views = new BatchViews(view => Part(whole.ImagesAt(view)).DetachFromDisposeScope(), whole.Views),
                Whole = place,
            };
        }

        Tensor Part(Tensor images) => places.Length == 1 ? images.narrow(0, first, count)
            : cat([.. places.Select(part => images.narrow(0, part.First, part.Count))]);

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
