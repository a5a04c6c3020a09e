using System.Runtime.InteropServices;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Images.Loading;

/// <summary>Cuts images into batches, for one thread. The batch at (epoch, step) is a function of the settings alone.</summary>
public sealed class Batches : IBatchSource
{
    private readonly ImageSubset _images;
    private readonly int _size;
    private readonly Device _device;
    private readonly ImagePreparation _preparation;
    private readonly BatchMaker _maker;
    private readonly BatchAhead? _ahead;
    private readonly bool _seesBoxes;

    private Batches(ImageSubset images, int size, Device device, ImagePreparation preparation, Mixing? mixing, long? seed)
    {
        (_images, _size, _device, _preparation) = (images, size, device, preparation);
        _seesBoxes = seed is null && images.Set.Boxes is not null;
        _maker = new BatchMaker(images, size, preparation, mixing, seed);
        // Between two batches of an evaluation there is no more than a forward pass, and after the last one nobody asks for another.
        _ahead = seed is null ? null : new BatchAhead(_maker);
    }

    /// <summary>Batches for training: every epoch in another order, augmented.</summary>
    /// <param name="images">The images; each comes once an epoch.</param>
    /// <param name="size">Images in a batch; the last one of an epoch may be smaller.</param>
    /// <param name="normalization">The statistics that are taken out.</param>
    /// <param name="device">Where the batches go.</param>
    /// <param name="augmentation">The random changes.</param>
    /// <param name="seed">What order and changes follow from, together with epoch and image index.</param>
    /// <param name="input">The size that the network sees; null: as the images are stored.</param>
    /// <exception cref="UserErrorException">Statistics or size do not fit the images.</exception>
    public static Batches ForTraining(ImageSubset images, int size, Normalization normalization, Device device, Augmentation augmentation, long seed,
        InputOptions? input = null) =>
        new(images, size, device, new ImagePreparation(images.Set, normalization, input, augmentation, seed), augmentation.Mixing, seed);

    /// <summary>Batches for evaluation: in the order of the set, without random changes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="size">Images in a batch; the last one may be smaller.</param>
    /// <param name="normalization">The statistics that are taken out.</param>
    /// <param name="device">Where the batches go.</param>
    /// <param name="input">The size that the network sees; null: as the images are stored.</param>
    /// <exception cref="UserErrorException">Statistics or size do not fit the images.</exception>
    public static Batches ForEvaluation(ImageSubset images, int size, Normalization normalization, Device device, InputOptions? input = null) =>
        new(images, size, device, new ImagePreparation(images.Set, normalization, input, Augmentation.None, null), null, null);

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => _maker.Steps;

    /// <summary>The number of images in an epoch.</summary>
    public int Images => _images.Count;

    /// <summary>
    /// Makes one batch, which the caller disposes. A training batch is taken from what was prepared meanwhile, if it is the one after the last; the
    /// next is then prepared in the background while the step runs. Whoever asks in another order gets the same batches, only later.
    /// </summary>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="step">0 … <see cref="Steps"/> − 1.</param>
    public Batch Get(int epoch, int step)
    {
        var content = _ahead?.Get(epoch, step) ?? _maker.Make(epoch, step);
        using var scope = NewDisposeScope();
        var pixels = empty([content.Count, _preparation.Height, _preparation.Width, _images.Set.Channels], ScalarType.Float32);
        content.Images.CopyTo(MemoryMarshal.Cast<byte, float>(pixels.bytes));
        int classes = _images.Set.Classes.Count;
        Target target = content.IsMixed
            ? new SoftTarget(tensor(content.SoftLabels(classes).ToArray(), [content.Count, classes]).to(_device).MoveToOuterDisposeScope())
            : new HardTarget(tensor(content.Labels[..content.Count]).to(_device).MoveToOuterDisposeScope());
        int[] indices = content.Indices[..content.Count];
        _maker.Return(content);
        _ahead?.Start(epoch, step);
        // Rows × columns × channels in memory is just what channels-last means, so this is no copy on the CPU.
        return new Batch(pixels.permute(0, 3, 1, 2).to(_device).MoveToOuterDisposeScope(), target, _size)
        {
            Indices = indices,
            Boxes = _seesBoxes ? [.. indices.Select(_preparation.BoxOf)] : [],
        };
    }
}
