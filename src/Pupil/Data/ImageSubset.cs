namespace Pupil.Data;

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
    /// Draws <paramref name="count"/> images so that every class keeps its share (largest remainder), by the seed alone.
    /// </summary>
    /// <returns>The drawn images, and those left.</returns>
    internal (ImageSubset Taken, ImageSubset Left) Draw(int count, RandomStream.Purpose purpose, long seed)
    {
        if (count > Count)
            throw new UserErrorException($"{Set.Name}: {count} images asked for, but it has {Count}: ask for at most that many.");
        int[][] byClass = [.. Enumerable.Range(0, Set.Classes.Count).Select(label => Indices.Where(i => Set.Labels[i] == label).ToArray())];
        int[] quota = Quotas([.. byClass.Select(members => members.Length)], count);
        var taken = new HashSet<int>(count);
        for (int label = 0; label < byClass.Length; label++)
        {
            RandomStream.For(purpose, seed, label).Shuffle(byClass[label]);
            taken.UnionWith(byClass[label].AsSpan(0, quota[label]).ToArray());
        }
        return (this with { Indices = [.. Indices.Where(taken.Contains)] }, this with { Indices = [.. Indices.Where(i => !taken.Contains(i))] });
    }

    // Shares of `count` in proportion to `sizes`: whole parts first, what is left to the largest remainders.
    private static int[] Quotas(int[] sizes, int count)
    {
        long total = sizes.Sum(size => (long)size);
        if (total == 0)
            return new int[sizes.Length];
        int[] quotas = [.. sizes.Select(size => (int)((long)size * count / total))];
        var byRemainder = Enumerable.Range(0, sizes.Length).OrderByDescending(i => (long)sizes[i] * count % total).ThenBy(i => i);
        foreach (int i in byRemainder.Take(count - quotas.Sum()))
            quotas[i]++;
        return quotas;
    }
}
