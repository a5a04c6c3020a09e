using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Reporting.Comparisons;
using Pupil.Reporting.Statistics;

namespace Pupil.Tests.Documentation;

/// <summary>
/// A table of a Markdown page whose numbers come from the records of a comparison. A comment before it names them:
/// <c>&lt;!-- records: FOLDER/RECIPE; last epoch; test, − alone, − ROW; ROW, ROW --&gt;</c>. The first line and column are the page's.
/// </summary>
/// <param name="Folder">The comparison's folder within <c>results</c>.</param>
/// <param name="Recipe">The recipe.</param>
/// <param name="Weights">The weights: <c>last epoch</c> or <c>best on held-out</c>.</param>
/// <param name="Columns">The columns after the first: <c>test</c>, or <c>− ROW</c> for the difference to a row.</param>
/// <param name="Rows">The rows of the comparison; <c>ROW/COMPANION</c> for a network that is trained beside the student.</param>
/// <param name="Found">The lines of the table as the page has them, without its two first lines.</param>
internal sealed partial record RecordedTable(
    string Folder, string Recipe, string Weights, IReadOnlyList<string> Columns, IReadOnlyList<string> Rows, string Found)
{
    private const string Nothing = "–";

    /// <summary>Returns the tables of a page.</summary>
    public static IReadOnlyList<RecordedTable> OfPage(string text) => [.. Pattern().Matches(text).Select(Of)];

    /// <summary>Returns the page with the numbers of the records in its tables.</summary>
    /// <param name="text">The page.</param>
    /// <param name="results">The folder of all records.</param>
    public static string Renew(string text, string results) => Pattern().Replace(text, match =>
        match.Value[..(match.Groups["lines"].Index - match.Index)] + Of(match).Expected(results));

    /// <summary>Returns the page without the lines of these tables.</summary>
    public static string Without(string text) =>
        Pattern().Replace(text, match => match.Value[..(match.Groups["lines"].Index - match.Index)]);

    /// <summary>Returns the lines of the table by the records.</summary>
    /// <param name="results">The folder of all records.</param>
    public string Expected(string results)
    {
        var comparison = ComparisonTable.FromFolder(new ComparisonFolder(Path.Combine(results, Folder)));
        var recipe = comparison.Recipes.Single(recipe => recipe.Name == Recipe);
        var weights = TableWeights.OfRecipe(recipe).Single(weights => weights.Name == Weights);
        var statistics = ComparisonStatistics.Of(comparison).Find(recipe, weights)!;
        string[] lines = Found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Rows.Count, lines.Length);
        return string.Concat(lines.Zip(Rows, (line, row) =>
            $"| {line.Split('|')[1].Trim()} | {string.Join(" | ", Columns.Select(column => Cell(statistics, row, column)))} |\n"));
    }

    private string Cell(TableStatistics statistics, string name, string column)
    {
        string[] parts = name.Split('/');
        var row = Row(parts[0]);
        var group = parts.Length > 1 ? row.Networks.Single(network => network.Name == parts[1]).Group! : row.GroupOf(Student(row))!;
        if (column == "test")
            return Percent(Spread.OfValues(statistics.Weights.Scores(group)!));
        if (parts.Length > 1)
            return "";
        var other = Row(column[2..]);
        if (other == row)
            return Nothing;
        var baseline = other == statistics.Recipe.Alone ? Baseline.Alone : Baseline.Distillation;
        bool isInTable = other == statistics.Recipe.Alone || other == statistics.Recipe.Distillation;
        var difference = (isInTable ? statistics.Differences.GetValueOrDefault(new(row.Row.Name, Student(row), baseline)) : null)
            ?? statistics.Between(group, other.GroupOf(Student(other)))!;
        return difference.IsMarked ? $"**{Points(difference)}**" : Points(difference);

        TableRow Row(string name) => statistics.Recipe.Rows.Single(row => row.Row.Name == name);

        static string Student(TableRow row) => row.Students.Single();
    }

    /// <summary>Returns a score in percent.</summary>
    public static string Percent(Spread spread) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * spread.Mean:0.00}{(spread.Deviation is double deviation ? Invariant($" ± {100 * deviation:0.00}") : "")}");

    /// <summary>Returns a difference in percentage points.</summary>
    public static string Points(MeanDifference difference) => TableLines.Points(difference);

    private static RecordedTable Of(Match match) => new(match.Groups["folder"].Value, match.Groups["recipe"].Value,
        match.Groups["weights"].Value, List(match.Groups["columns"]), List(match.Groups["rows"]), match.Groups["lines"].Value);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string[] List(Group group) =>
        group.Value.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"<!-- records: (?<folder>[^/;]+)/(?<recipe>[^;]+);\s+(?<weights>[^;]+);\s+(?<columns>[^;]+);\s+(?<rows>[^;]+?)\s+-->"
        + @"\n+\|[^\n]*\n\|[^\n]*\n(?<lines>(\|[^\n]*\n)+)")]
    private static partial Regex Pattern();
}
