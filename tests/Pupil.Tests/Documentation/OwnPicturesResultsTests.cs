using System.Globalization;
using System.Text.Json.Nodes;
using Pupil.Core;

namespace Pupil.Tests.Documentation;

/// <summary>The tables of the default command on picture sets are those of the records.</summary>
public sealed class OwnPicturesResultsTests
{
    private const string Records = "results/own-pictures";
    private static readonly string[] Baselines = ["nearest", "logistic", "pytorch"];

    [Theory]
    [InlineData($"{Records}/README.md")]
    [InlineData("docs/results.md")]
    public void Tables_are_those_of_the_records(string page)
    {
        string text = Read(page);
        Assert.All(Sets(), set => Assert.Contains(Row(set.Key, [.. set]), text));
    }

    [Theory]
    [InlineData($"{Records}/README.md")]
    [InlineData("docs/results.md")]
    public void Counts_are_those_of_the_records(string page)
    {
        var sets = Sets();
        int first = sets.Count(set => Ahead([.. set]) > 0);
        int helped = sets.Count(set => Mean([.. set], "student") > Mean([.. set], "alone"));
        string text = Read(page);
        Assert.Contains($"ahead of all baselines on {first} of {sets.Count} sets", text.ReplaceLineEndings(" "));
        Assert.Contains($"ahead of the same student alone on {helped} of {sets.Count} sets", text.ReplaceLineEndings(" "));
    }

    [Fact]
    public void All_sets_have_three_seeds_of_one_commit()
    {
        var sets = Sets();
        Assert.Equal(8, sets.Count);
        Assert.All(sets, set => Assert.Equal([0, 1, 2], set.Select(run => run["seed"]!.GetValue<int>()).Order()));
        var versions = sets.SelectMany(set => set).Select(run => JsonNode.Parse(Read(
            $"{Records}/{run["set"]}-{run["seed"]}/environment.json"))!.AsArray()[0]!["pupil"]!.GetValue<string>()).Distinct();
        Assert.Single(versions);
    }

    private static List<IGrouping<string, JsonNode>> Sets() =>
    [
        .. Read($"{Records}/runs.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .GroupBy(run => run["set"]!.GetValue<string>()).OrderBy(set => set.Key, StringComparer.Ordinal),
    ];

    private static string Row(string name, IReadOnlyList<JsonNode> runs)
    {
        string images = runs[0]["train"]!.GetValue<int>().ToString("N0", CultureInfo.InvariantCulture);
        var cells = new[] { "student", "alone", "pytorch", "logistic", "nearest" }.Select(column => Percent(runs, column));
        return $"| {name} | {images} | {string.Join(" | ", cells)} |";
    }

    private static string Percent(IReadOnlyList<JsonNode> runs, string column)
    {
        double[] values = [.. runs.Select(run => 100 * run[column]!.GetValue<double>())];
        var spread = Spread.OfValues(values);
        string mean = spread.Mean.ToString("0.0", CultureInfo.InvariantCulture);
        return values.Distinct().Count() == 1 ? mean
            : $"{mean} ± {spread.Deviation!.Value.ToString("0.0", CultureInfo.InvariantCulture)}";
    }

    private static double Ahead(IReadOnlyList<JsonNode> runs) => Mean(runs, "student") - Baselines.Max(name => Mean(runs, name));

    private static double Mean(IReadOnlyList<JsonNode> runs, string column) => runs.Average(run => run[column]!.GetValue<double>());

    private static string Read(string file)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        return File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, file));
    }
}
