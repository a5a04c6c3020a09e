using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Draws a test part from pictures that have none.</summary>
internal static class TestDraw
{
    /// <summary>
    /// Splits pictures by drawing the same share of every class, as a function of the seed. Of a class with at least two pictures, both
    /// parts get at least one.
    /// </summary>
    public static (List<PictureEntry> Train, List<PictureEntry> Test) Split(
        IReadOnlyList<PictureEntry> pictures, double share, long seed)
    {
        var test = new HashSet<string>(StringComparer.Ordinal);
        foreach (var members in pictures.GroupBy(picture => picture.Label))
        {
            string[] names = [.. members.Select(picture => picture.File).Distinct().Order(StringComparer.Ordinal)];
            int[] order = [.. Enumerable.Range(0, names.Length)];
            RandomStream.FromKey(RandomStream.Purpose.TestPart, seed, members.Key).Shuffle(order);
            int count = names.Length < 2 ? 0 : Math.Clamp((int)Math.Round(share * names.Length), 1, names.Length - 1);
            test.UnionWith(order.Take(count).Select(i => names[i]));
        }
        return ([.. pictures.Where(picture => !test.Contains(picture.File))], [.. pictures.Where(picture => test.Contains(picture.File))]);
    }
}
