namespace Pupil.Images.Loading;

/// <summary>Asks the system to read the shards of a set before their images are needed.</summary>
/// <param name="shards">The shards.</param>
internal sealed class ReadingAhead(ImageShards shards)
{
    private int[]? _order;
    private (int Place, int Shard)[] _reads = [];
    private int _next;

    /// <summary>Reports that the images from a place on are read next. Calls for one order come with rising places.</summary>
    /// <param name="order">The images of an epoch.</param>
    /// <param name="place">The place in the order.</param>
    public void Before(int[] order, int place)
    {
        if (!ReferenceEquals(order, _order))
            (_order, _reads, _next) = (order, FirstReads(order), 0);
        for (; _next < _reads.Length && _reads[_next].Place < place + Math.Max(1, shards.ImagesEach / 2); _next++)
        {
            // Shards that were begun before a resumed run are read on access.
            if (_reads[_next].Place >= place)
                shards.Pixels.Fetch(_reads[_next].Shard);
        }
    }

    // The places where each shard is first read; none where only few images of each are.
    private (int Place, int Shard)[] FirstReads(int[] order)
    {
        var seen = new HashSet<int>();
        var reads = new List<(int, int)>();
        for (int place = 0; place < order.Length; place++)
        {
            if (seen.Add(shards.Of(order[place])))
                reads.Add((place, shards.Of(order[place])));
        }
        return order.Length >= (long)reads.Count * shards.ImagesEach / 4 ? [.. reads] : [];
    }
}
