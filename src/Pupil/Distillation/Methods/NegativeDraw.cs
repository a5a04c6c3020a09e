using System.Runtime.InteropServices;
using Pupil.Core;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Draws, for every image of a batch, training images of other classes. Images are identified by their position in the training subset. A
/// draw depends on seed, epoch, step and image alone.
/// </summary>
internal sealed class NegativeDraw
{
    private readonly ImageSubset _images;
    private readonly int _count;
    private readonly long _seed;
    private readonly int[] _byClass; // all positions, sorted by class
    private readonly int[] _starts; // the first index of each class in that list, and the list's length

    /// <summary>Sorts the images by class.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="count">Images to draw for each: different ones, or with replacement if other classes have fewer.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="UserErrorException">All images are of one class.</exception>
    public NegativeDraw(ImageSubset images, int count, long seed)
    {
        (_images, _count, _seed) = (images, count, seed);
        _starts = new int[images.Set.Classes.Count + 1];
        foreach (int index in images.Indices)
            _starts[images.Set.Labels[index] + 1]++;
        if (_starts.Max() == images.Count)
        {
            throw new UserErrorException($"{images.Set.Name}: all {images.Count} training images are of one class, but the method "
                + "contrasts classes; train on more, or choose another method.");
        }
        for (int label = 1; label < _starts.Length; label++)
            _starts[label] += _starts[label - 1];
        _byClass = [.. Enumerable.Range(0, images.Count).OrderBy(LabelAt)];
    }

    /// <summary>Returns N×(1 + count) positions, int64 on the CPU: each image's own, then those drawn for it.</summary>
    /// <param name="indices">The indices of the batch's images in the set.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="step">The step.</param>
    public Tensor Positions(IReadOnlyList<int> indices, int epoch, int step)
    {
        var positions = empty([indices.Count, 1 + _count], ScalarType.Int64);
        var rows = MemoryMarshal.Cast<byte, long>(positions.bytes);
        var taken = new bool[_images.Count];
        for (int i = 0; i < indices.Count; i++)
        {
            int own = Array.BinarySearch(_images.Indices, indices[i]);
            if (own < 0)
                throw new ArgumentException($"Image {indices[i]} is not a training image.", nameof(indices));
            var row = rows.Slice(i * (1 + _count), 1 + _count);
            row[0] = own;
            long moment = ((long)epoch << 32) | (uint)step;
            Draw(row[1..], LabelAt(own), RandomStream.FromKey(RandomStream.Purpose.Negatives, _seed, moment, own), taken);
        }
        return positions;
    }

    private int LabelAt(int position) => _images.Set.Labels[_images.Indices[position]];

    private void Draw(Span<long> row, int label, RandomStream stream, bool[] taken)
    {
        int start = _starts[label], members = _starts[label + 1] - start, others = _images.Count - members;
        if (_count > others)
        {
            foreach (ref long position in row)
                position = Other(stream.Next(others));
            return;
        }
        // Floyd's algorithm draws without replacement: every subset is equally likely, and each element takes one random number.
        Array.Clear(taken);
        for (int i = 0; i < row.Length; i++)
        {
            int last = others - row.Length + i, next = stream.Next(last + 1);
            if (taken[next])
                next = last;
            taken[next] = true;
            row[i] = Other(next);
        }

        // Maps a number to a position outside the class.
        int Other(int number) => _byClass[number < start ? number : number + members];
    }
}
