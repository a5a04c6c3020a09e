using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;

namespace Pupil.Tests.Documentation;

/// <summary>The numbers of comparisons in the documentation are those of the records.</summary>
public sealed partial class ComparisonResultsTests
{
    // An expected table needs this many pages, so that a mistyped comment does not pass.
    private const int FewestTables = 10;

    private static readonly string? Root = RealData.RepositoryFolder;

    public static TheoryData<string> Pages => [.. Root is null ? [] : AllPages().Where(page => RecordedTable.OfPage(Read(page)).Count > 0)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Tables_are_those_of_the_records(string page) => Assert.All(RecordedTable.OfPage(Read(page)),
        table => NumbersInText.AssertNear(table.Expected(Path.Combine(Root!, "results")), table.Found));

    [Fact]
    public void There_are_such_tables()
    {
        Assert.SkipWhen(Root is null, "The documentation is not here.");
        Assert.InRange(Pages.Sum(page => RecordedTable.OfPage(Read(page.Data)).Count), FewestTables, 100);
    }

    /// <summary>Every <c>a ± b</c> on these pages is a mean ± deviation or a difference ± half its interval of a record.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Numbers_in_the_text_are_those_of_the_records(string page)
    {
        var known = Known();
        var unknown = WithDeviation().Matches(Prose(Read(page)))
            .Select(match => (match.Value, First: Number(match.Groups["mean"].Value), Second: Number(match.Groups["half"].Value)))
            .Where(found => !known.Any(pair => IsNear(pair.First, found.First) && IsNear(pair.Second, found.Second)));
        Assert.Equal([], unknown.Select(found => found.Value));
    }

    /// <summary>Writes the tables of all pages anew.</summary>
    [Fact(Explicit = true)]
    public void Write_the_tables()
    {
        foreach (string page in AllPages())
        {
            string text = Read(page), renewed = RecordedTable.Renew(text, Path.Combine(Root!, "results"));
            if (renewed != text)
                AtomicFile.WriteText(Path.Combine(Root!, page), renewed);
        }
    }

    // All means with their deviations, and all differences of two rows of one recipe, either way.
    private static List<(double First, double Second)> Known()
    {
        var known = new List<(double, double)>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root!, "results"), "comparison.jsonc", SearchOption.AllDirectories))
        {
            var comparison = ComparisonTable.FromFolder(new ComparisonFolder(Path.GetDirectoryName(file)!));
            foreach (var table in ComparisonStatistics.Of(comparison).Tables)
            {
                var groups = table.Recipe.Rows.SelectMany(row => row.Networks).Select(network => network.Group).OfType<RunGroup>().ToList();
                foreach (var group in groups)
                {
                    if (table.Weights.Scores(group) is { Count: > 1 } scores)
                        known.Add((100 * scores.Average(), 100 * Spread.OfValues(scores).Deviation!.Value));
                    foreach (var other in groups)
                    {
                        if (table.Between(group, other) is { Test: { } test } difference)
                            known.Add((100 * difference.Mean, 100 * test.HalfWidth));
                    }
                }
            }
        }
        Assert.NotEmpty(known);
        return known;
    }

    private static IEnumerable<string> AllPages() => new[] { "README.md", "docs", "results" }
        .Select(name => Path.Combine(Root!, name))
        .SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.md", SearchOption.AllDirectories) : [path])
        .Select(path => Path.GetRelativePath(Root!, path)).Order(StringComparer.Ordinal);

    private static string Read(string page) => File.ReadAllText(Path.Combine(Root!, page));

    // Without tables, links and code.
    private static string Prose(string text) => string.Join('\n', text.Split('\n').Where(line => !line.StartsWith('|')));

    private static double Number(string text) => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture);

    private static bool IsNear(double one, double other) => Math.Abs(one - other) < 0.011;

    [GeneratedRegex(@"(?<mean>[+−]?\d+\.\d\d) ±\s(?<half>\d+\.\d\d)(?!\d)")]
    private static partial Regex WithDeviation();
}
