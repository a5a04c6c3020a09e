using Pupil.Core;

namespace Pupil.Images.Loading;

/// <summary>
/// The order in which training reads a set too large for memory: its blocks in random order, and each image at its place in them plus a
/// random number of places below the size of the shuffle buffer. So few blocks are in use at a time, and every place of an epoch has
/// images of many, also where a set is sorted by class. An epoch's order depends on images, buffer, seed and epoch alone, not on files.
/// </summary>
internal static class BlockOrder
{
    /// <summary>Returns the images of an epoch in their order.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="buffer">The size of the shuffle buffer, in images of a whole set. A part of a set has its share.</param>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public static int[] Draw(ImageSubset images, int buffer, long seed, int epoch)
    {
        var stream = RandomStream.FromKey(RandomStream.Purpose.Order, seed, epoch);
        int[][] blocks = [.. images.Indices.GroupBy(ImageBlocks.Of).Select(block => block.ToArray())];
        int[] order = [.. Enumerable.Range(0, blocks.Length)];
        stream.Shuffle(order);
        int[] indices = [.. order.SelectMany(block => blocks[block])];
        double reach = (double)buffer * indices.Length / ((double)blocks.Length * ImageBlocks.Size);
        var places = new double[indices.Length];
        for (int i = 0; i < places.Length; i++)
            places[i] = i + stream.NextDouble() * reach;
        Array.Sort(places, indices);
        return indices;
    }
}
