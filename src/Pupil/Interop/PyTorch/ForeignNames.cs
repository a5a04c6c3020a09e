using System.Text.RegularExpressions;
using Pupil.Networks.Families;

namespace Pupil.Interop.PyTorch;

/// <summary>Translates the weight names of a PyTorch file to Pupil's, by the names of the network family that they fit.</summary>
internal static partial class ForeignNames
{
    private const string BatchCounter = ".num_batches_tracked";

    /// <summary>Maps the names in a file to Pupil's names. Names of no known family stay; batch counters are left out.</summary>
    /// <param name="names">All names in the file: the meaning of some depends on others.</param>
    public static IReadOnlyDictionary<string, string> ToPupil(IEnumerable<string> names)
    {
        var bare = names.Where(name => !name.EndsWith(BatchCounter, StringComparison.Ordinal))
            .ToDictionary(name => name, name => Wrappers().Replace(name, ""), StringComparer.Ordinal);
        var all = bare.Values.ToHashSet(StringComparer.Ordinal);
        var family = NetworkCatalogue.PyTorchNames.FirstOrDefault(family => family.Fit(all));
        return bare.ToDictionary(entry => entry.Key, entry => family?.ToPupil(entry.Value) ?? entry.Value, StringComparer.Ordinal);
    }

    // What programs wrap a network in.
    [GeneratedRegex(@"^(?:module\.|_orig_mod\.|model\.|backbone\.|encoder\.)+")]
    private static partial Regex Wrappers();
}
