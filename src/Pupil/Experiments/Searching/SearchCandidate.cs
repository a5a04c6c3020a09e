using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Searching;

/// <summary>A combination of values that a search tries in a row.</summary>
internal sealed partial record SearchCandidate
{
    // Last, so that neither a row nor a tried value brings the test images in.
    private const string Measure = "data.measure=held-out";

    private const int LongestName = 60, HashLength = 8;

    /// <summary>The name of the row.</summary>
    public required string Row { get; init; }

    /// <summary>The values that make the row.</summary>
    public required IReadOnlyList<string> Own { get; init; }

    /// <summary>The tried values, <c>PATH=VALUE</c>; none where nothing is tried in this row.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>A text that is another one for another row or other values.</summary>
    [JsonIgnore]
    public string Key => string.Join('\n', [Row, .. Values]);

    /// <summary>The values by the last parts of their paths, such as <c>beta=100, learningRate=0.05</c>.</summary>
    [JsonIgnore]
    public string Words => Values.Count == 0 ? "as it is" : string.Join(", ", Values.Select(Short));

    /// <summary>The name of its row in the search's comparison: the same values have the same name in every search.</summary>
    [JsonIgnore]
    public string Name
    {
        get
        {
            if (Values.Count == 0)
                return Row;
            string plain = $"{Row}+{string.Join('+', Values.Select(Short))}", name = NotInNames().Replace(plain, "-");
            return name == plain && name.Length <= LongestName ? name
                : $"{name[..Math.Min(name.Length, LongestName - HashLength - 1)]}-{Hash.OfText(string.Join(' ', Values))[..HashLength]}";
        }
    }

    /// <summary>Returns the row of the search's comparison.</summary>
    /// <param name="row">The row as the comparison has it.</param>
    public ComparisonRow TriedIn(ComparisonRow row) =>
        new() { Name = Name, Title = $"{row.Title ?? row.Name}: {Words}", Set = [.. Own, .. Values, Measure] };

    /// <summary>Returns the row with these values, for a comparison on the test images.</summary>
    /// <param name="row">The row as the comparison has it.</param>
    public ComparisonRow ChosenFor(ComparisonRow row) => row with { Set = [.. Own, .. Values] };

    private static string Short(string value)
    {
        string path = value.Split('=')[0];
        return path[(path.LastIndexOf('.') + 1)..] + value[path.Length..];
    }

    [GeneratedRegex("[^A-Za-z0-9._+=-]")]
    private static partial Regex NotInNames();
}
