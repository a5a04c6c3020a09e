namespace Pupil.Images.Loading;

/// <summary>Asks the system to read the blocks of a set before their images are needed.</summary>
/// <param name="images">The images.</param>
/// <param name="blocks">The blocks that they lie in.</param>
internal sealed class ReadingAhead(ImageSubset images, ImageBlocks blocks)
{
    // A quarter of a second at 4,000 images a second.
    private const int Lead = 16 * ImageBlocks.Size;

    // Of blocks with fewer of the images, only these are read.
    private const int FewImages = ImageBlocks.Size / 4;

    private int[]? _order;
    private (int Place, int Block)[] _reads = [];
    private int _next, _last;

    /// <summary>Reports that the images from a place on are read next.</summary>
    /// <param name="order">The images of an epoch.</param>
    /// <param name="place">The place in the order.</param>
    public void Before(int[] order, int place)
    {
        if (!ReferenceEquals(order, _order))
            (_order, _reads) = (order, FirstReads(order));
        // Blocks that were begun before a resumed run are read on access.
        if (place <= _last)
            _next = 0;
        _last = place;
        for (; _next < _reads.Length && _reads[_next].Place < place + Lead; _next++)
        {
            if (_reads[_next].Place >= place)
                blocks.Fetch(_reads[_next].Block, images.Set.Count);
        }
    }

    // The places where each block is first read; none where only few images of each are.
    private static (int Place, int Block)[] FirstReads(int[] order)
    {
        var seen = new HashSet<int>();
        var reads = new List<(int, int)>();
        for (int place = 0; place < order.Length; place++)
        {
            if (seen.Add(ImageBlocks.Of(order[place])))
                reads.Add((place, ImageBlocks.Of(order[place])));
        }
        return order.Length >= (long)reads.Count * FewImages ? [.. reads] : [];
    }
}
