using Pupil.Images;

namespace Pupil.Experiments.Exhibits;

/// <summary>
/// Numbers what an image can be labelled as, for exhibits. With one label an image, it is the class. With several, it is each combination
/// of classes that occurs, in the order of its first occurrence, such as <c>beach; sunset</c>.
/// </summary>
/// <param name="set">The images.</param>
internal sealed class Combinations(ImageSet set)
{
    private const string None = "(none)";

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>The names of the combinations; null with one label an image.</summary>
    public IReadOnlyList<string>? Names => set.Labelling == Labelling.One ? null : [.. _numbers.Keys];

    /// <summary>Returns the number of a combination.</summary>
    /// <param name="labels">Class numbers in rising order; one, with one label an image.</param>
    public int NumberOf(ReadOnlySpan<int> labels)
    {
        if (set.Labelling == Labelling.One)
            return labels[0];
        string name = labels.IsEmpty ? None : string.Join("; ", labels.ToArray().Select(label => set.Classes[label]));
        if (!_numbers.TryGetValue(name, out int number))
            _numbers.Add(name, number = _numbers.Count);
        return number;
    }
}
