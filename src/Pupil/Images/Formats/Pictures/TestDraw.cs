using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Makes a test part of pictures that have none.</summary>
internal static class TestDraw
{
    /// <summary>Draws the same share of every class, by the seed alone; of a class with two pictures or more at least one stays on each side.</summary>
    public static (List<PictureEntry> Train, List<PictureEntry> Test) Of(IReadOnlyList<PictureEntry> pictures, double share, long seed)
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
