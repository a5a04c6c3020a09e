using System.ComponentModel;
using Pupil.Core;

namespace Pupil.Images.Loading;

/// <summary>
/// The images of an epoch. Every epoch has as many images as there are training images. Shares of classes need one label for each image.
/// </summary>
public enum Sampling
{
    /// <summary>Every image once.</summary>
    [Description("every image once")]
    All,

    /// <summary>As many images of each class.</summary>
    [Description("as many images of each class")]
    Balanced,

    /// <summary>Images of each class in proportion to the square root of their number.</summary>
    [Description("images of each class in proportion to the square root of their number")]
    SquareRoot,
}

/// <summary>
/// Draws the images of each epoch so that classes get even shares, or shares by the square root of their sizes. The images of a class come
/// in passes over all of them, each in another random order, and the passes continue from one epoch to the next. So no image is repeated
/// before all others of its class were drawn. An epoch depends on the seed and its number alone.
/// </summary>
internal sealed class BalancedOrder
{
    private readonly long _seed;
    private readonly int _count;
    private readonly (int Label, int[] Members)[] _classes;
    private readonly long[] _bounds;

    /// <summary>Prepares the draw.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="sampling">The shares of the classes: balanced, or by the square root.</param>
    /// <param name="seed">The seed of the order.</param>
    public BalancedOrder(ImageSubset images, Sampling sampling, long seed)
    {
        (_seed, _count) = (seed, images.Count);
        _classes = [.. images.Indices.GroupBy(index => images.Set.Labels[index]).OrderBy(members => members.Key)
            .Select(members => (members.Key, members.ToArray()))];
        _bounds = new long[_classes.Length + 1];
        for (int i = 0; i < _classes.Length; i++)
            _bounds[i + 1] = _bounds[i] + (sampling == Sampling.Balanced ? 1 : Root(_classes[i].Members.Length));
    }

    /// <summary>Returns the images of an epoch in random order.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <returns>The indices into the set, and for each the number of the pass of its class, from 0 in this epoch.</returns>
    public (int[] Indices, int[] Passes) Draw(int epoch)
    {
        var (indices, passes) = (new int[_count], new int[_count]);
        int at = 0;
        for (int i = 0; i < _classes.Length; i++)
        {
            var (label, members) = _classes[i];
            long start = Drawn(epoch - 1, i), end = Drawn(epoch, i);
            for (long pass = start / members.Length; pass * members.Length < end; pass++)
            {
                int[] order = [.. members];
                RandomStream.FromKey(RandomStream.Purpose.Sampling, _seed, label, pass).Shuffle(order);
                long first = pass * members.Length;
                for (long place = Math.Max(start, first); place < Math.Min(end, first + members.Length); place++)
                    (indices[at], passes[at++]) = (order[place - first], (int)(pass - start / members.Length));
            }
        }
        int[] places = [.. Enumerable.Range(0, _count)];
        RandomStream.FromKey(RandomStream.Purpose.Order, _seed, epoch).Shuffle(places);
        return ([.. places.Select(place => indices[place])], [.. places.Select(place => passes[place])]);
    }

    // The images of a class that the first epochs have drawn. The differences of rounded sums add up to all images of each epoch, and none
    // is negative: every class has at least one image of every epoch.
    private long Drawn(int epochs, int i) => Part(epochs, _bounds[i + 1]) - Part(epochs, _bounds[i]);

    private long Part(int epochs, long bound) => (long)((Int128)epochs * _count * bound / _bounds[^1]);

    // In fixed point, so that sums are exact.
    private static long Root(int count) => (long)Math.Round(Math.Sqrt(count) * (1 << 20));
}
