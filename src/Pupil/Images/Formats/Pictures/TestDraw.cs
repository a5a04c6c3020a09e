using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Draws a test part from pictures that have none.</summary>
internal static class TestDraw
{
    /// <summary>
    /// Splits pictures by drawing the same share of every class, as a function of the seed. Of a class with at least two pictures, both
    /// parts get at least one. Of several labels, the class is the rarest (<see cref="ImageLabels.Strata"/>); every class stays in train.
    /// </summary>
    /// <param name="pictures">The pictures.</param>
    /// <param name="share">The share that becomes the test part, 0…1.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="labelling">The number of labels of each picture.</param>
    public static (List<PictureEntry> Train, List<PictureEntry> Test) Split(
        IReadOnlyList<PictureEntry> pictures, double share, long seed, Labelling labelling = Labelling.One)
    {
        var test = new HashSet<string>(StringComparer.Ordinal);
        var labels = ImageLabels.Of(labelling, pictures.Select(picture => picture.Labels));
        int[] strata = labels.Strata([.. Enumerable.Range(0, pictures.Count)]);
        foreach (var members in pictures.Zip(strata).GroupBy(entry => entry.Second, entry => entry.First))
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
