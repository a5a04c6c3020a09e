using Pupil.Core;

namespace Pupil.Images.Loading;

/// <summary>
/// The order in which training reads a set in shards: the shards in random order, and each image at its place in them plus a random
/// number of places below the size of the shuffle buffer. So few shards are in use at a time, and every place of the epoch has images of
/// several. An epoch's order depends on the seed and its number alone.
/// </summary>
internal static class ShardedOrder
{
    /// <summary>Returns the images of an epoch in their order.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="shards">The files that they lie in.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public static int[] Draw(ImageSubset images, ImageShards shards, long seed, int epoch)
    {
        var stream = RandomStream.FromKey(RandomStream.Purpose.Order, seed, epoch);
        int[][] files = [.. images.Indices.GroupBy(shards.Of).Select(file => file.ToArray())];
        int[] order = [.. Enumerable.Range(0, files.Length)];
        stream.Shuffle(order);
        int[] indices = [.. order.SelectMany(file => files[file])];
        var places = new double[indices.Length];
        for (int i = 0; i < places.Length; i++)
            places[i] = i + stream.NextDouble() * shards.ShuffleBuffer;
        Array.Sort(places, indices);
        return indices;
    }
}
