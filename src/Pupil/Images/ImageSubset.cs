using Pupil.Core;

namespace Pupil.Images;

/// <summary>Images of a set, given by indices; the pixels are not copied.</summary>
/// <param name="Set">The set.</param>
/// <param name="Indices">Indices into the set, in rising order, each at most once.</param>
public sealed record ImageSubset(ImageSet Set, int[] Indices)
{
    /// <summary>Returns all images of a set.</summary>
    public static ImageSubset All(ImageSet set) => new(set, [.. Enumerable.Range(0, set.Count)]);

    /// <summary>The number of images.</summary>
    public int Count => Indices.Length;

    /// <summary>
    /// Draws <paramref name="count"/> images in proportion to the classes (Webster's method), those with several labels in proportion to
    /// the rarest of each (<see cref="ImageLabels.Strata"/>). The draw depends on the seed alone; smaller draws are parts of larger ones.
    /// </summary>
    /// <returns>The drawn images, and the others.</returns>
    internal (ImageSubset Taken, ImageSubset Left) Draw(int count, RandomStream.Purpose purpose, long seed)
    {
        if (count > Count)
            throw new UserErrorException($"{Set.Name}: found {Count} images, expected at least {count}; set a smaller number.");
        var taken = InOrderOfDrawing(purpose, seed).Take(count).ToHashSet();
        int[] drawn = [.. Indices.Where(taken.Contains)], others = [.. Indices.Where(i => !taken.Contains(i))];
        return (this with { Indices = drawn }, this with { Indices = others });
    }

    // Each class in random order, spread evenly over the whole: the i-th of n images comes at (i + ½)/n. Largest remainders would give
    // nearly the same shares, but a larger draw could lose an image of a smaller one.
    private IEnumerable<int> InOrderOfDrawing(RandomStream.Purpose purpose, long seed)
    {
        var turns = new List<(double Turn, int Label, int Index)>(Count);
        int[] strata = Set.AllLabels.Strata(Indices);
        foreach (var members in Indices.Zip(strata).GroupBy(entry => entry.Second, entry => entry.First))
        {
            int[] shuffled = [.. members];
            RandomStream.FromKey(purpose, seed, members.Key).Shuffle(shuffled);
            turns.AddRange(shuffled.Select((index, i) => ((i + 0.5) / shuffled.Length, members.Key, index)));
        }
        return turns.Order().Select(turn => turn.Index);
    }
}
