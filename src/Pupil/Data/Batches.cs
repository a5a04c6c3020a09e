using System.Runtime.InteropServices;
using Pupil.Data.Preparation;
using static TorchSharp.torch;

namespace Pupil.Data;

/// <summary>Cuts images into batches. The batch at (epoch, step) is a function of the settings alone.</summary>
public sealed class Batches
{
    private readonly ImageSubset _images;
    private readonly int _size;
    private readonly float[] _table;
    private readonly Device _device;
    private readonly Augmentation _augmentation;
    private readonly long? _seed;
    private (int Epoch, int[] Indices) _order = (-1, []);

    private Batches(ImageSubset images, int size, Normalization normalization, Device device, Augmentation augmentation, long? seed)
    {
        normalization.Check(images.Set.Channels);
        (_images, _size, _table, _device, _augmentation, _seed) = (images, size, normalization.Table(), device, augmentation, seed);
    }

    /// <summary>Batches for training: every epoch in another order, augmented.</summary>
    /// <param name="images">The images; each comes once an epoch.</param>
    /// <param name="size">Images in a batch; the last one of an epoch may be smaller.</param>
    /// <param name="normalization">The statistics that are taken out.</param>
    /// <param name="device">Where the batches go.</param>
    /// <param name="augmentation">The random changes.</param>
    /// <param name="seed">What order and changes follow from, together with epoch and image index.</param>
    public static Batches ForTraining(ImageSubset images, int size, Normalization normalization, Device device, Augmentation augmentation, long seed) =>
        new(images, size, normalization, device, augmentation, seed);

    /// <summary>Batches for evaluation: in the order of the set, unchanged.</summary>
    public static Batches ForEvaluation(ImageSubset images, int size, Normalization normalization, Device device) =>
        new(images, size, normalization, device, Augmentation.None, null);

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
        var pixels = empty([indices.Length, set.Height, set.Width, set.Channels], ScalarType.Float32);
        var floats = MemoryMarshal.Cast<byte, float>(pixels.bytes);
        var labels = new long[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            labels[i] = set.Labels[indices[i]];
            Write(indices[i], epoch, floats.Slice(i * set.ImageBytes, set.ImageBytes));
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

    private void Write(int index, int epoch, Span<float> target)
    {
        var set = _images.Set;
        var (flip, down, right) = _seed is long seed ? _augmentation.Draw(seed, epoch, index) : default;
        var image = set.Image(index);
        int channels = set.Channels;
        int at = 0;
        for (int row = 0; row < set.Height; row++)
        {
            int fromRow = _augmentation.Source(row + down, set.Height);
            for (int column = 0; column < set.Width; column++)
            {
                // The released code mirrors first and crops then: the crop looks at the mirrored picture.
                int mirrored = _augmentation.Source(column + right, set.Width);
                int fromColumn = flip && mirrored >= 0 ? set.Width - 1 - mirrored : mirrored;
                bool inside = fromRow >= 0 && fromColumn >= 0;
                int from = inside ? (fromRow * set.Width + fromColumn) * channels : 0;
                for (int channel = 0; channel < channels; channel++)
                    target[at++] = _table[(channel << 8) | (inside ? image[from + channel] : 0)];
            }
        }
    }
}
