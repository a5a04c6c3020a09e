using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Reporting.Statistics;
using Pupil.Training;

namespace Pupil.Tests.Documentation;

/// <summary>The numbers of comparisons in the documentation are those of the records.</summary>
public sealed partial class ComparisonResultsTests
{
    private const string Writing = "PUPIL_WRITE_TABLES";

    // A mistyped comment must not make a table unseen.
    private const int FewestTables = 9;

    private static readonly string? Root = RealData.RepositoryFolder;

    // Records of single runs.
    private static readonly string[] Studies = ["cifar10-quick", "cifar100-quick", "pictures-quick"];

    private static readonly string[] OtherPages =
        [.. Studies.Concat(["attention-shapes", "attention-pictures"]).Select(name => $"results/{name}/README.md"), "docs/does-it-work.md"];

    public static TheoryData<string> Pages => [.. Root is null ? [] : AllPages().Where(page => RecordedTable.OfPage(Read(page)).Count > 0)];

    public static TheoryData<string> PagesWithNumbers => Root is null ? [] : [.. Pages.Select(page => page.Data).Union(OtherPages)];

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
    [MemberData(nameof(PagesWithNumbers))]
    public void Numbers_in_the_text_are_those_of_the_records(string page)
    {
        var known = Known();
        var unknown = WithDeviation().Matches(Prose(page, Read(page)))
            .Select(match => (match.Value, First: Number(match.Groups["mean"].Value), Second: Number(match.Groups["half"].Value)))
            .Where(found => !known.Any(pair => IsNear(pair.First, found.First) && IsNear(pair.Second, found.Second)));
        Assert.Equal([], unknown.Select(found => found.Value));
    }

    /// <summary>Every other number with two decimals on the page of conclusions is the mean score of a recorded row.</summary>
    [Fact]
    public void Scores_in_the_conclusions_are_those_of_the_records()
    {
        Assert.SkipWhen(Root is null, "The documentation is not here.");
        var known = Known();
        var unknown = Score().Matches(WithDeviation().Replace(Read("docs/does-it-work.md"), ""))
            .Select(match => match.Value).Where(score => !known.Any(pair => IsNear(pair.First, Number(score))));
        Assert.Equal([], unknown);
    }

    /// <summary>Writes the tables of all pages anew, where the variable asks for it.</summary>
    [Fact]
    public void Write_the_tables()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Writing) == "1", $"{Writing}=1 writes the tables of the pages anew.");
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
                known.AddRange(Pairs([.. groups.Select(table.Weights.Scores).OfType<IReadOnlyList<double>>()], _ => table.Pooled));
                known.AddRange(Focuses(groups));
            }
        }
        foreach (string study in Studies)
        {
            var folders = Directory.EnumerateFiles(Path.Combine(Root!, "results", study), "run.json", SearchOption.AllDirectories)
                .Where(file => !file.Contains("expert", StringComparison.Ordinal))
                .Select(file => new RunFolder(Path.GetDirectoryName(file)!));
            known.AddRange(Pairs([.. RunGroup.FromFolders(folders).Select(TableWeights.Last.Scores).OfType<IReadOnlyList<double>>()],
                PooledDeviation.Of));
        }
        Assert.NotEmpty(known);
        return known;
    }

    // The shares of attention in the object's box, and the hits, of two rows each.
    private static IEnumerable<(double, double)> Focuses(List<RunGroup> groups) => groups
        .SelectMany(group => group.Results[0].Last.Test.Focus?.Keys ?? []).Distinct()
        .SelectMany(stage => new Func<StageFocus, double>[] { focus => focus.InBox, focus => focus.Hits }.SelectMany(value =>
            Pairs([.. groups.Select(group => group.Results.Select(result => value(result.Last.Test.Focus![stage])).ToList())],
                PooledDeviation.Of)));

    private static IEnumerable<(double, double)> Pairs(
        IReadOnlyList<IReadOnlyList<double>> rows, Func<IReadOnlyList<IReadOnlyList<double>>, PooledDeviation?> pool)
    {
        foreach (var row in rows.Where(row => row.Count > 1))
        {
            yield return (100 * row.Average(), 100 * Spread.OfValues(row).Deviation!.Value);
            foreach (var other in rows.Where(other => other.Count > 1))
            {
                var difference = MeanDifference.Between(row, other, pool([row, other]));
                if (difference.Test is { } test)
                    yield return (100 * difference.Mean, 100 * test.HalfWidth);
            }
        }
    }

    private static IEnumerable<string> AllPages() => new[] { "README.md", "docs", "results" }
        .Select(name => Path.Combine(Root!, name))
        .SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.md", SearchOption.AllDirectories) : [path])
        .Select(path => Path.GetRelativePath(Root!, path)).Order(StringComparer.Ordinal);

    private static string Read(string page) => File.ReadAllText(Path.Combine(Root!, page));

    // Other tables of records may have numbers of exports.
    private static string Prose(string page, string text) => page.StartsWith("docs", StringComparison.Ordinal)
        ? RecordedTable.Without(text) : string.Join('\n', text.Split('\n').Where(line => !line.StartsWith('|')));

    private static double Number(string text) => double.Parse(text.Replace('−', '-'), CultureInfo.InvariantCulture);

    private static bool IsNear(double one, double other) => Math.Abs(one - other) < 0.011;

    [GeneratedRegex(@"(?<![\d.])\d+\.\d\d(?![\d.])")]
    private static partial Regex Score();

    [GeneratedRegex(@"(?<mean>[+−]?\d+\.\d\d) ±\s(?<half>\d+\.\d\d)(?!\d)")]
    private static partial Regex WithDeviation();
}
