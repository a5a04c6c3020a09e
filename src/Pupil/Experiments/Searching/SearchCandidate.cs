using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Searching;

/// <summary>A combination of values that a search tries in a row.</summary>
/// <param name="Row">The row.</param>
/// <param name="Own">The values that make the row.</param>
/// <param name="Values">The tried values, <c>PATH=VALUE</c>; none where nothing is tried in this row.</param>
internal sealed partial record SearchCandidate(ComparisonRow Row, IReadOnlyList<string> Own, IReadOnlyList<string> Values)
{
    private const int LongestName = 60, HashLength = 8;

    /// <summary>The row of the search's comparison.</summary>
    public ComparisonRow Tried => new() { Name = Name, Title = $"{Row.Title ?? Row.Name}: {Words}", Set = [.. Own, .. Values] };

    /// <summary>The row with these values, for a comparison on the test images.</summary>
    public ComparisonRow Chosen => Row with { Set = [.. Own, .. Values], Try = [] };

    /// <summary>The values by the last parts of their paths, such as <c>beta=100, learningRate=0.05</c>.</summary>
    public string Words => Values.Count == 0 ? "as it is" : string.Join(", ", Values.Select(Short));

    // The same values have the same name in every search, so that one that is given again goes on.
    private string Name
    {
        get
        {
            if (Values.Count == 0)
                return Row.Name;
            string plain = $"{Row.Name}+{string.Join('+', Values.Select(Short))}", name = NotInNames().Replace(plain, "-");
            return name == plain && name.Length <= LongestName ? name
                : $"{name[..Math.Min(name.Length, LongestName - HashLength - 1)]}-{Hash.OfText(string.Join(' ', Values))[..HashLength]}";
        }
    }

    private static string Short(string value)
    {
        string path = value.Split('=')[0];
        return path[(path.LastIndexOf('.') + 1)..] + value[path.Length..];
    }

    [GeneratedRegex("[^A-Za-z0-9._+=-]")]
    private static partial Regex NotInNames();
}
