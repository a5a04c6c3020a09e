using static TorchSharp.torch;

namespace Pupil.Images.Loading;

/// <summary>
/// Batches of labelled images followed by images without labels. An epoch has as many images as both sets together; each set is passed
/// over in an order of its own, again and again. For one thread.
/// </summary>
public sealed class PartlyLabelledBatches : IBatchSource
{
    private readonly Batches? _labelled, _whole;
    private readonly Batches _unlabelled;
    private readonly int _size, _unlabelledEpochs;

    private PartlyLabelledBatches(Batches? labelled, Batches unlabelled, Batches? whole, int steps, int size, int unlabelledEpochs) =>
        (_labelled, _unlabelled, _whole, Steps, _size, _unlabelledEpochs) =
            (labelled, unlabelled, whole, steps, size, unlabelledEpochs);

    /// <summary>Combines two sets.</summary>
    /// <param name="labelled">The number of labelled images.</param>
    /// <param name="unlabelled">The number of images without labels.</param>
    /// <param name="size">The number of images in a batch.</param>
    /// <param name="share">The share of a batch without labels, above 0…1; null: that of the unlabelled images among all.</param>
    /// <param name="make">Makes the batches of one of the sets: whether of the labelled one, and their size.</param>
    /// <param name="unlabelledEpochs">The number of epochs with unlabelled images; those after it have labelled images alone.</param>
    public static PartlyLabelledBatches Combine(int labelled, int unlabelled, int size, double? share, Func<bool, int, Batches> make,
        int unlabelledEpochs = int.MaxValue)
    {
        int all = share == 1 ? unlabelled : labelled + unlabelled, without = UnlabelledIn(size, labelled, unlabelled, share);
        return new PartlyLabelledBatches(without == size ? null : make(true, size - without), make(false, without),
            unlabelledEpochs == int.MaxValue ? null : make(true, size), (all + size - 1) / size, size, unlabelledEpochs);
    }

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps { get; }

    /// <summary>Makes one batch; the caller disposes of it.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step, 0 … <see cref="Steps"/> − 1.</param>
    public Batch Get(int epoch, int step)
    {
        if (epoch > _unlabelledEpochs)
            return At(_whole!, epoch, step);
        var without = At(_unlabelled, epoch, step);
        if (_labelled is null)
        {
            without.Target.Dispose();
            return without with { Target = Target.None };
        }
        return Joined(At(_labelled, epoch, step), without);
    }

    // A set's own epochs follow one another without regard to those of the training.
    private Batch At(Batches batches, int epoch, int step)
    {
        long at = (epoch - 1L) * Steps + step;
        return batches.Get((int)(at / batches.Steps) + 1, (int)(at % batches.Steps));
    }

    private Batch Joined(Batch labelled, Batch without)
    {
        using (without.Target)
        using (labelled.Images)
        using (without.Images)
        {
            return new Batch(cat([labelled.Images, without.Images]), new PartialTarget(labelled.Target, labelled.Count), _size)
            {
                Indices = [.. labelled.Indices, .. without.Indices],
                Views = new BatchViews(view => cat([labelled.ImagesAt(view), without.ImagesAt(view)]).DetachFromDisposeScope(),
                    labelled.Views, without.Views),
            };
        }
    }

    // At least one of each kind, unless all are unlabelled.
    private static int UnlabelledIn(int size, int labelled, int unlabelled, double? share) => share == 1 ? size
        : Math.Clamp((int)Math.Round(size * (share ?? (double)unlabelled / (labelled + unlabelled))), 1, Math.Max(1, size - 1));
}
