using Pupil.Core;
using Pupil.Lettering;

namespace Pupil.Images.Formats.Pictures;

/// <summary>
/// The classes of a set by their names. Names that differ only in how Unicode composes their letters are one class, since no display
/// tells them apart.
/// </summary>
internal sealed class ClassNames
{
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal), _alike = new(CanonicalComparer.Instance);

    private ClassNames(IReadOnlyList<string> names)
    {
        Names = names;
        foreach (var (label, name) in names.Index())
        {
            _exact.Add(name, label);
            _alike.TryAdd(name, label);
        }
    }

    /// <summary>The names in the order of the labels.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Makes classes of the names that were found, numbered in ordinal order. Of two spellings, the shortest is kept.</summary>
    public static ClassNames FromFound(IEnumerable<string> names) => new(
    [
        .. names.Distinct(StringComparer.Ordinal)
            .GroupBy(name => name, CanonicalComparer.Instance)
            .Select(spellings => spellings.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).First())
            .Order(StringComparer.Ordinal),
    ]);

    /// <summary>Makes classes of given names in their order, each name once.</summary>
    public static ClassNames InOrder(IReadOnlyList<string> names) => new(names);

    /// <summary>Returns the label of a class by its name; null for an unknown one.</summary>
    public int? LabelOf(string name) => _exact.TryGetValue(name, out int label) || _alike.TryGetValue(name, out label) ? label : null;

    /// <summary>Returns the error for a name that is none of the classes.</summary>
    /// <param name="place">The images.</param>
    /// <param name="name">The name.</param>
    public UserErrorException Unfound(string place, string name) => new($"{place}: found no class '{SafeTensorsHeader.Show(name)}', "
        + $"expected some of {Examples}; check the name.");

    /// <summary>Returns the error for a class that a measured network does not have.</summary>
    /// <param name="place">The images.</param>
    /// <param name="name">The unknown class.</param>
    public UserErrorException Lacks(string place, string name) => new($"{place}: has images of the class "
        + $"'{SafeTensorsHeader.Show(name)}', which the network does not know; expected some of its classes "
        + $"{Examples}; leave that class out, or measure a network that was trained on it.");

    private string Examples =>
        $"{string.Join(", ", Names.Take(5).Select(known => $"'{SafeTensorsHeader.Show(known)}'"))}{(Names.Count > 5 ? " …" : "")}";
}
