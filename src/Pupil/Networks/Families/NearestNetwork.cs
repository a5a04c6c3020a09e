using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Settings;

namespace Pupil.Networks.Families;

/// <summary>Finds the network whose name is nearest to a mistyped one. Families have patterns for names, not lists.</summary>
internal static partial class NearestNetwork
{
    private const int Farthest = 20;

    /// <summary>Returns a question for the end of a message; empty without a name near enough.</summary>
    /// <param name="given">The name of no network.</param>
    /// <param name="families">The families.</param>
    public static string Hint(string given, IEnumerable<NetworkFamily> families)
    {
        string[] known = [.. families.Select(family => NearestOf(family, given)).OfType<string>()];
        // A part of a family's name is far by its letters: resnet-18 is imagenet-resnet-18.
        string? longer = known.FirstOrDefault(name => given.Length > 3 && name.EndsWith($"-{given}", StringComparison.OrdinalIgnoreCase));
        var near = new[] { NearestName.Find(given, known), longer }.OfType<string>().Distinct().Select(name => $"'{name}'").ToList();
        return near.Count > 0 ? $" Did you mean {string.Join(" or ", near)}?" : "";
    }

    // The family's name with the numbers that were given, the first of them replaced by the nearest that the family has.
    private static string? NearestOf(NetworkFamily family, string given)
    {
        var numbers = Numbers().Matches(given).Select(match => match.Value).ToList();
        int places = Places().Count(family.Pattern);
        if (places == 0)
            return family.Pattern;
        if (numbers.Count < places)
            return null;
        numbers = numbers[^places..];
        var first = decimal.Parse(numbers[0], CultureInfo.InvariantCulture);
        var offsets = Enumerable.Range(0, 2 * Farthest + 1).Select(i => i % 2 == 0 ? i / 2 : -(i + 1) / 2);
        return offsets.Select(offset => Name(first + offset)).FirstOrDefault(name => family.Parse(name) is not null);

        string Name(decimal start)
        {
            int place = 0;
            return Places().Replace(family.Pattern, _ =>
                place++ == 0 ? start.ToString(CultureInfo.InvariantCulture) : numbers[place - 1]);
        }
    }

    [GeneratedRegex("[0-9]{1,5}(\\.[0-9]{1,5})?")]
    private static partial Regex Numbers();

    [GeneratedRegex("DEPTH|WIDTH|PATCH")]
    private static partial Regex Places();
}
