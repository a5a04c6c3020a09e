using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pupil.Images;

/// <summary>The labels of N images: class numbers, one for each image or a set for each.</summary>
internal sealed class ImageLabels
{
    private readonly int[] _numbers;
    // Where the numbers of each image start, N + 1 places; null for one number each.
    private readonly int[]? _starts;

    private ImageLabels(int[] numbers, int[]? starts) => (_numbers, _starts) = (numbers, starts);

    /// <summary>Makes labels of one class number for each image; the numbers are not copied.</summary>
    public static ImageLabels OfOne(int[] numbers) => new(numbers, null);

    /// <summary>Makes labels of a set of class numbers for each image; the order within a set and repetitions do not count.</summary>
    public static ImageLabels OfSeveral(IEnumerable<IEnumerable<int>> sets)
    {
        var (numbers, starts) = (new List<int>(), new List<int> { 0 });
        foreach (var set in sets)
        {
            numbers.AddRange(set.Distinct().Order());
            starts.Add(numbers.Count);
        }
        return new([.. numbers], [.. starts]);
    }

    /// <summary>Makes labels of either kind from a list for each image; of <see cref="Labelling.One"/>, each has one number.</summary>
    public static ImageLabels Of(Labelling labelling, IEnumerable<IReadOnlyList<int>> lists) =>
        labelling == Labelling.One ? OfOne([.. lists.Select(list => list[0])]) : OfSeveral(lists);

    /// <summary>The number of labels of each image.</summary>
    public Labelling Labelling => _starts is null ? Labelling.One : Labelling.Several;

    /// <summary>N, the number of images.</summary>
    public int Count => _starts is null ? _numbers.Length : _starts.Length - 1;

    /// <summary>The number of labels of all images together.</summary>
    public int Total => _numbers.Length;

    /// <summary>Whether all numbers are in 0…K−1.</summary>
    public bool AreWithin(int classes) => Array.TrueForAll(_numbers, number => number >= 0 && number < classes);

    /// <summary>The class number of each image.</summary>
    /// <exception cref="InvalidOperationException">Images have sets: a defect, since methods that need one label are refused.</exception>
    public int[] Numbers => _starts is null ? _numbers : throw new InvalidOperationException("The images have several labels each.");

    /// <summary>Returns the class numbers of an image, in rising order.</summary>
    public ReadOnlySpan<int> Of(int image) =>
        _starts is null ? _numbers.AsSpan(image, 1) : _numbers.AsSpan(_starts[image], _starts[image + 1] - _starts[image]);

    /// <summary>Returns labels with other class numbers.</summary>
    /// <param name="map">Returns the new number of a class.</param>
    public ImageLabels Mapped(Func<int, int> map) => _starts is null
        ? OfOne([.. _numbers.Select(map)])
        : OfSeveral(Enumerable.Range(0, Count).Select(image => Of(image).ToArray().Select(map)));

    /// <summary>Returns the number of images of each class, K numbers.</summary>
    public int[] CountsIn(IEnumerable<int> images, int classes)
    {
        int[] counts = new int[classes];
        foreach (int image in images)
        {
            foreach (int number in Of(image))
                counts[number]++;
        }
        return counts;
    }

    /// <summary>Whether two labels are equal for all images.</summary>
    public bool IsSame(ImageLabels other) => _numbers.AsSpan().SequenceEqual(other._numbers)
        && (_starts is null ? other._starts is null : other._starts is not null && _starts.AsSpan().SequenceEqual(other._starts));

    /// <summary>Returns the labels as N×K bytes, 1 for the classes of an image.</summary>
    public byte[] ToBits(int classes)
    {
        byte[] bits = new byte[(long)Count * classes];
        for (int image = 0; image < Count; image++)
        {
            foreach (int number in Of(image))
                bits[(long)image * classes + number] = 1;
        }
        return bits;
    }

    /// <summary>Makes label sets of N×K bytes, 0 or 1.</summary>
    public static ImageLabels FromBits(byte[] bits, int classes) =>
        OfSeveral(bits.Chunk(classes).Select(row => Enumerable.Range(0, classes).Where(label => row[label] != 0)));

    /// <summary>Adds the labels to a fingerprint.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        if (_starts is not null)
        {
            hash.AppendData("several\0"u8);
            hash.AppendData(MemoryMarshal.AsBytes(_starts.AsSpan()));
        }
        hash.AppendData(MemoryMarshal.AsBytes(_numbers.AsSpan()));
    }

    /// <summary>
    /// Returns a group for each of some images, for draws in proportion to the classes. With one label, it is the label. Of several, it is
    /// the rarest: repeatedly, the class that the fewest images without a group have gets all of these (the order of iterative
    /// stratification; Sechidis, Tsoumakas, Vlahavas, ECML 2011). Images without a label are the group −1.
    /// </summary>
    /// <param name="images">The images.</param>
    public int[] Strata(IReadOnlyList<int> images)
    {
        if (_starts is null)
            return [.. images.Select(image => _numbers[image])];
        int[] strata = [.. Enumerable.Repeat(-1, images.Count)];
        var members = new SortedDictionary<int, List<int>>();
        for (int i = 0; i < images.Count; i++)
        {
            foreach (int number in Of(images[i]))
                (members.TryGetValue(number, out var known) ? known : members[number] = []).Add(i);
        }
        var left = members.ToDictionary(entry => entry.Key, entry => entry.Value.Count);
        while (left.Count > 0)
        {
            int rarest = left.OrderBy(entry => entry.Value).ThenBy(entry => entry.Key).First().Key;
            left.Remove(rarest);
            foreach (int i in members[rarest].Where(i => strata[i] < 0))
            {
                strata[i] = rarest;
                foreach (int number in Of(images[i]))
                {
                    if (left.TryGetValue(number, out int count))
                        left[number] = count - 1;
                }
            }
        }
        return strata;
    }
}
