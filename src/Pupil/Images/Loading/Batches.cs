using System.Runtime.InteropServices;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Images.Loading;

/// <summary>Cuts images into batches, for one thread. A batch depends on the settings, epoch and step alone.</summary>
public sealed class Batches : IBatchSource
{
    private readonly ImageSubset _images;
    private readonly int _size;
    private readonly Device _device;
    private readonly ImagePreparation _preparation;
    private readonly BatchMaker _maker;
    private readonly BatchAhead? _ahead;
    private readonly bool _seesBoxes;
    private readonly LabelWeighting _weighting;
    private readonly Func<ImageView?, ImagePreparation> _prepare;

    // Those of the batch before, which are read meanwhile.
    private IReadOnlyCollection<ImageView> _unread = [];

    private Batches(ImageSubset images, int size, Device device, Func<ImageView?, ImagePreparation> prepare, ImageView? view,
        Mixing? mixing, long? seed, LabelWeighting weighting, Sampling sampling, BatchShare share)
    {
        var preparation = prepare(view);
        (_images, _size, _device, _preparation, _prepare, _weighting) = (images, size, device, preparation, prepare, weighting);
        _seesBoxes = seed is null && images.Set.Boxes is not null;
        _maker = new BatchMaker(images, size, preparation, mixing, seed, sampling, share);
        // Evaluation leaves only a forward pass between two batches, and needs none after the last.
        _ahead = seed is null ? null : new BatchAhead(_maker);
    }

    /// <summary>Makes batches for training: augmented, and in another order every epoch.</summary>
    /// <param name="images">The images; an epoch has as many as these.</param>
    /// <param name="size">The number of images in a batch; the last one of an epoch may be smaller.</param>
    /// <param name="normalization">The normalisation of the images.</param>
    /// <param name="device">The device of the batches.</param>
    /// <param name="augmentation">The random changes.</param>
    /// <param name="seed">The seed of order and changes, used together with epoch and image index.</param>
    /// <param name="input">The size of the network input; null for the stored size.</param>
    /// <param name="weighting">The weights of classes and the smoothing of labels in the cross-entropy; null for none.</param>
    /// <param name="sampling">The images of an epoch.</param>
    /// <exception cref="UserErrorException">Normalisation or size does not fit the images.</exception>
    public static Batches ForTraining(ImageSubset images, int size, Normalization normalization, Device device,
        Augmentation augmentation, long seed, InputOptions? input = null, LabelWeighting? weighting = null,
        Sampling sampling = Sampling.All) =>
        new(images, size, device, view => new ImagePreparation(images.Set, normalization, input, augmentation, seed, view), null,
            augmentation.Mixing, seed, weighting ?? LabelWeighting.None, sampling, BatchShare.All);

    /// <summary>Makes a process's share of the batches for training; see the other overload.</summary>
    internal static IBatchSource ForTraining(ImageSubset images, int size, Normalization normalization, Device device,
        Augmentation augmentation, long seed, InputOptions? input, LabelWeighting weighting, Sampling sampling, BatchShare share)
    {
        // A share of mixed images needs their partners.
        if (share.Size > 1 && augmentation.Mixing is not null)
        {
            var whole = ForTraining(images, size, normalization, device, augmentation, seed, input, weighting, sampling);
            return new BatchParts(whole, share);
        }
        return new Batches(images, size, device, view => new ImagePreparation(images.Set, normalization, input, augmentation, seed, view),
            null, augmentation.Mixing, seed, weighting, sampling, share);
    }

    /// <summary>Makes batches for evaluation: in the order of the set, without random changes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="size">The number of images in a batch; the last one may be smaller.</param>
    /// <param name="normalization">The normalisation of the images.</param>
    /// <param name="device">The device of the batches.</param>
    /// <param name="input">The size of the network input; null for the stored size.</param>
    /// <exception cref="UserErrorException">Normalisation or size does not fit the images.</exception>
    public static Batches ForEvaluation(
        ImageSubset images, int size, Normalization normalization, Device device, InputOptions? input = null) =>
        ForEvaluation(images, size, normalization, device, input, null);

    /// <summary>Makes batches for evaluation whose images have the size of a view; see the other overload.</summary>
    internal static Batches ForEvaluation(
        ImageSubset images, int size, Normalization normalization, Device device, InputOptions? input, ImageView? view) =>
        new(images, size, device, other => new ImagePreparation(images.Set, normalization, input, Augmentation.None, null, other), view,
            null, null, LabelWeighting.None, Sampling.All, BatchShare.All);

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => _maker.Steps;

    /// <summary>The number of images in an epoch.</summary>
    public int Images => _images.Count;

    /// <summary>
    /// Makes one batch; the caller disposes of it. The background thread prepares the training batch after the last one while a step runs.
    /// Any other batch is made at once, with the same content.
    /// </summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step, 0 … <see cref="Steps"/> − 1.</param>
    public Batch Get(int epoch, int step)
    {
        foreach (var view in _unread.ToArray())
            _maker.Forget(view);
        var content = _ahead?.Get(epoch, step) ?? _maker.Make(epoch, step);
        using var scope = NewDisposeScope();
        var images = ToTensor(content.Images, _preparation);
        var target = Complete(TargetOf(content));
        // Only batches that are not mixed have shares.
        var whole = content.Whole.Length == content.Count ? null
            : new WholeBatch(content.Whole.ToArray(), Complete(TargetOf(content.Whole)), [new(content.First, content.Count)]);
        int[] indices = content.Indices[..content.Count];
        var (passes, mixture) = (content.Passes, content.Mixture);
        var views = new BatchViews(MakeView);
        _unread = views.Unread;
        foreach (var view in content.Views)
            views.Add(view, ToTensor(content.ImagesAt(view), _prepare(view)).DetachFromDisposeScope());
        _maker.Return(content);
        _ahead?.Start(epoch, step);
        return new Batch(images.MoveToOuterDisposeScope(), whole?.Scaled(target, indices.Length) ?? target, _size)
        {
            Indices = indices,
            Whole = whole,
            Boxes = _seesBoxes ? [.. indices.Select(_preparation.BoxOf)] : [],
            Views = views,
        };

        Tensor MakeView(ImageView view)
        {
            var preparation = _prepare(view);
            return ToTensor(_maker.MakeView(view, () => preparation, epoch, indices, passes, mixture).Span, preparation)
                .DetachFromDisposeScope();
        }
    }

    // Rows × columns × channels in memory is the channels-last format, so the CPU makes no copy.
    private Tensor ToTensor(ReadOnlySpan<float> numbers, ImagePreparation preparation)
    {
        var pixels = empty([numbers.Length / preparation.Numbers, preparation.Height, preparation.Width, _images.Set.Channels],
            ScalarType.Float32);
        numbers.CopyTo(MemoryMarshal.Cast<byte, float>(pixels.bytes));
        return pixels.permute(0, 3, 1, 2).to(_device);
    }

    private Target Complete(Target target) => target with { Weighting = _weighting, AreAnswers = _images.Set.AreAnswers };

    private Target TargetOf(ReadOnlyMemory<int> indices)
    {
        var images = _images.Set;
        if (images.Labelling == Labelling.One)
        {
            long[] labels = [.. indices.ToArray().Select(index => (long)images.Labels[index])];
            return new HardTarget(tensor(labels).to(_device).MoveToOuterDisposeScope());
        }
        float[] shares = new float[indices.Length * images.Classes.Count];
        Mixture.None(indices.Length).Mix(images.AllLabels, indices.Span, shares);
        return new LabelSetTarget(tensor(shares, [indices.Length, images.Classes.Count]).to(_device).MoveToOuterDisposeScope());
    }

    private Target TargetOf(BatchContent content)
    {
        bool areSets = _images.Set.Labelling == Labelling.Several;
        if (!areSets && content.Mixture is null)
            return new HardTarget(tensor(content.Labels[..content.Count]).to(_device).MoveToOuterDisposeScope());
        int classes = _images.Set.Classes.Count;
        var shares = tensor(content.SoftLabels(classes).ToArray(), [content.Count, classes]).to(_device).MoveToOuterDisposeScope();
        return areSets ? new LabelSetTarget(shares) : new SoftTarget(shares);
    }
}
