using System.Runtime.InteropServices;
using Pupil.Data.Preparation;
using static TorchSharp.torch;

namespace Pupil.Data;

/// <summary>Cuts images into batches. The batch at (epoch, step) is a function of the settings alone.</summary>
public sealed class Batches
{
    private readonly ImageSubset _images;
    private readonly int _size;
    private readonly ImagePreparation _preparation;
    private readonly PreparationBuffers _buffers;
    private readonly Device _device;
    private readonly long? _seed;
    private (int Epoch, int[] Indices) _order = (-1, []);

    private Batches(ImageSubset images, int size, Device device, ImagePreparation preparation, long? seed)
    {
        (_images, _size, _device, _preparation, _seed) = (images, size, device, preparation, seed);
        _buffers = preparation.CreateBuffers();
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
        new(images, size, device, new ImagePreparation(images.Set, normalization, input, augmentation, seed), seed);

    /// <summary>Batches for evaluation: in the order of the set, without random changes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="size">Images in a batch; the last one may be smaller.</param>
    /// <param name="normalization">The statistics that are taken out.</param>
    /// <param name="device">Where the batches go.</param>
    /// <param name="input">The size that the network sees; null: as the images are stored.</param>
    /// <exception cref="UserErrorException">Statistics or size do not fit the images.</exception>
    public static Batches ForEvaluation(ImageSubset images, int size, Normalization normalization, Device device, InputOptions? input = null) =>
        new(images, size, device, new ImagePreparation(images.Set, normalization, input, Augmentation.None, null), null);

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => (_images.Count + _size - 1) / _size;

    /// <summary>The number of images in an epoch.</summary>
    public int Images => _images.Count;

    /// <summary>Makes one batch, which the caller disposes.</summary>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="step">0 … <see cref="Steps"/> − 1.</param>
    public Batch Get(int epoch, int step)
    {
        var indices = Order(epoch).AsSpan(step * _size, Math.Min(_size, _images.Count - step * _size));
        var set = _images.Set;
        using var scope = NewDisposeScope();
        var pixels = empty([indices.Length, _preparation.Height, _preparation.Width, set.Channels], ScalarType.Float32);
        var floats = MemoryMarshal.Cast<byte, float>(pixels.bytes);
        var labels = new long[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            labels[i] = set.Labels[indices[i]];
            _preparation.Write(epoch, indices[i], floats.Slice(i * _preparation.Numbers, _preparation.Numbers), _buffers);
        }
        // Rows × columns × channels in memory is just what channels-last means, so this is no copy on the CPU.
        return new Batch(
            pixels.permute(0, 3, 1, 2).to(_device).MoveToOuterDisposeScope(),
            tensor(labels).to(_device).MoveToOuterDisposeScope(),
            _size);
    }

    private int[] Order(int epoch)
    {
        if (_seed is not long seed)
            return _images.Indices;
        if (_order.Epoch != epoch)
        {
            int[] indices = [.. _images.Indices];
            RandomStream.For(RandomStream.Purpose.Order, seed, epoch).Shuffle(indices);
            _order = (epoch, indices);
        }
        return _order.Indices;
    }
}
