using System.Globalization;
using System.Text.Json.Nodes;
using Pupil.Experiments.Recipes;

namespace Pupil.Tests.Documentation;

/// <summary>The steps and hours of the protocols in the documentation follow from their recipes and from a record.</summary>
public sealed class ProtocolTests
{
    private const string Page = "docs/does-it-work.md";

    [Theory]
    [InlineData("compare/claim-calibration", 50_000, false)]
    [InlineData("compare/claim", 45_000, true)]
    [InlineData("compare/claim-equal-cost", 45_000, false)]
    [InlineData("compare/claim-cifar100", 19_000, true)]
    [InlineData("compare/claim-released-code", 45_000, false)]
    public void Steps_and_hours(string name, int images, bool hasHours)
    {
        var plan = ComparisonBook.Read(name);
        int steps = plan.Cells.GroupBy(cell => cell.Settings.Seed)
            .Sum(seed => seed.Max(cell => cell.Settings.Training.Epochs) * (int)Math.Ceiling(images / 128.0));
        Assert.All(plan.Cells, cell => Assert.Equal(128, cell.Settings.Training.BatchSize));
        string hours = hasHours ? string.Create(CultureInfo.InvariantCulture, $" {steps * SecondsOfNineRows() / 3600:0.0}") : "";
        string number = steps.ToString("N0", CultureInfo.InvariantCulture);
        NumbersInText.AssertContains($"`pupil compare {name} --data data` | {number} |{hours} |", Read(Page));
    }

    [Fact]
    public void Contrasts_are_named_before()
    {
        string[] claims = [.. ComparisonBook.Names.Where(name => name.StartsWith("compare/claim", StringComparison.Ordinal))];
        Assert.Equal(5, claims.Length);
        Assert.All(claims.Except(["compare/claim-calibration"]), name =>
        {
            var contrasts = ComparisonBook.Read(name).Comparison.Contrasts;
            Assert.NotEmpty(contrasts);
            Assert.All(contrasts, contrast => Assert.False(contrast.Exploratory));
        });
    }

    private static double SecondsOfNineRows()
    {
        double[] sorted = [.. JsonNode.Parse(Read("results/comparison-cost/comparison.json"))!["rows"]!.AsArray()
            .Single(row => $"{row!["work"]}" == "claim")!["together"]!.AsArray().Select(value => value!.GetValue<double>()).Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Read(string file)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        return File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, file));
    }
}
