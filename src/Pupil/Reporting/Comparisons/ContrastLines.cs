using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>Writes the table of the contrasts.</summary>
internal static class ContrastLines
{
    /// <summary>Returns one table, or none without contrasts.</summary>
    public static IEnumerable<TextTable> Write(IReadOnlyList<ContrastResult> contrasts)
    {
        if (contrasts.Count == 0)
            yield break;
        bool several = contrasts.DistinctBy(result => result.Table.Recipe.Name).Count() > 1;
        string weights = string.Join(" or ", contrasts.Select(result => result.Table.Weights.Name).Distinct());
        yield return new TextTable($"Contrasts: {weights}", ["", "difference", "p", "p by Holm", "degrees of freedom"],
            [.. contrasts.Select(result => new TextLine([.. Cells(result, several)], false))]);
    }

    private static IEnumerable<TextCell> Cells(ContrastResult result, bool several)
    {
        yield return new TextCell((several ? $"{result.Table.Recipe.Name}: " : "") + $"{result.Row.Title} − {result.Baseline.Title}"
            + (result.Student is { } student ? $": {student}" : "") + (result.Contrast.Exploratory ? ", exploratory" : ""));
        yield return result.Difference is { } difference
            ? new TextCell(TableLines.Points(difference), difference.IsMarked) : new TextCell("–");
        yield return new TextCell(Probability(result.Difference?.Test?.Probability));
        yield return new TextCell(Probability(result.Difference?.Adjusted));
        yield return new TextCell(result.Difference?.Test is { } test ? Invariant($"{test.Degrees:0.#}") : "–");
    }

    /// <summary>Returns a probability with three digits.</summary>
    public static string Probability(double? probability) => probability switch
    {
        null => "–",
        < 0.001 => "< 0.001",
        double found => Invariant($"{found:0.000}"),
    };
}
