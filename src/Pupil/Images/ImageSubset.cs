using Pupil.Core;

namespace Pupil.Images;

/// <summary>Some images of a set, named by their indices in rising order; the pixels stay where they are.</summary>
/// <param name="Set">The set.</param>
/// <param name="Indices">Indices into the set, rising, each at most once.</param>
public sealed record ImageSubset(ImageSet Set, int[] Indices)
{
    /// <summary>All images of a set.</summary>
    public static ImageSubset All(ImageSet set) => new(set, [.. Enumerable.Range(0, set.Count)]);

    /// <summary>The number of images.</summary>
    public int Count => Indices.Length;

    /// <summary>
    /// Draws <paramref name="count"/> images so that every class keeps its share (Webster's method), by the seed alone: smaller draws lie
    /// within larger ones.
    /// </summary>
    /// <returns>The drawn images, and those left.</returns>
    internal (ImageSubset Taken, ImageSubset Left) Draw(int count, RandomStream.Purpose purpose, long seed)
    {
        if (count > Count)
            throw new UserErrorException($"{Set.Name}: {count} images asked for, but it has {Count}: ask for at most that many.");
        var taken = InOrderOfDrawing(purpose, seed).Take(count).ToHashSet();
        return (this with { Indices = [.. Indices.Where(taken.Contains)] }, this with { Indices = [.. Indices.Where(i => !taken.Contains(i))] });
    }

    // The images of every class in random order, spread evenly over the whole: the turn of the i-th of n is (i + ½)/n. Largest remainders
    // would give the same shares or nearly so, but could take an image back when more are asked for.
    private IEnumerable<int> InOrderOfDrawing(RandomStream.Purpose purpose, long seed)
    {
        var turns = new List<(double Turn, int Label, int Index)>(Count);
        foreach (var members in Indices.GroupBy(index => Set.Labels[index]))
        {
            int[] shuffled = [.. members];
            RandomStream.FromKey(purpose, seed, members.Key).Shuffle(shuffled);
            turns.AddRange(shuffled.Select((index, i) => ((i + 0.5) / shuffled.Length, members.Key, index)));
        }
        return turns.Order().Select(turn => turn.Index);
    }
}
