using System.Globalization;
using System.Text.Json.Nodes;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;

namespace Pupil.Tests.Documentation;

/// <summary>The steps and hours of the protocols in the documentation follow from their recipes and from two records.</summary>
public sealed class ProtocolTests
{
    private const string Page = "docs/does-it-work.md";

    [Theory]
    [InlineData("compare/claim-calibration", 50_000)]
    [InlineData("compare/claim", 45_000)]
    [InlineData("compare/claim-equal-cost", 45_000)]
    [InlineData("compare/claim-cifar100", 19_000)]
    [InlineData("compare/claim-released-code", 45_000)]
    public void Steps_and_hours(string name, int images)
    {
        var plan = ComparisonBook.Read(name);
        double perEpoch = Math.Ceiling(images / 128.0);
        int steps = plan.Cells.GroupBy(cell => cell.Settings.Seed)
            .Sum(seed => seed.Max(cell => cell.Settings.Training.Epochs) * (int)perEpoch);
        Assert.All(plan.Cells, cell => Assert.Equal(128, cell.Settings.Training.BatchSize));
        double seconds = plan.Comparison.Rows.Count == 9 ? steps * SecondsOfNineRows()
            : plan.Cells.Sum(cell => cell.Settings.Training.Epochs * perEpoch * SecondsOfPasses(cell.Settings));
        string number = steps.ToString("N0", CultureInfo.InvariantCulture);
        NumbersInText.AssertContains(string.Create(CultureInfo.InvariantCulture,
            $"`pupil compare {name} --data data` | {number} | {seconds / 3600:0.0} |"), Read(Page));
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

    // The networks that a step trains, and the expert's evaluation.
    private static double SecondsOfPasses(Recipe recipe)
    {
        var scratch = recipe.Method is CombinationOptions combination
            ? combination.Parts.Select(part => part.Method).OfType<CtkdOptions>().FirstOrDefault() : recipe.Method as CtkdOptions;
        var rows = JsonNode.Parse(Read("results/kernels/kernels.json"))!["rows"]!.AsArray();
        return Median(recipe.Students[0].Network.Architecture, "forward and backward")
            + (scratch is null ? 0 : Median(scratch.ScratchTeacher.Architecture, "forward and backward"))
            + (recipe.Method.NeedsExpert ? Median("wrn-40-1", "evaluation") : 0);

        double Median(string network, string work)
        {
            double[] sorted = [.. rows.Single(row => $"{row!["network"]}" == network && $"{row["work"]}" == work)!["own"]!.AsArray()
                .Select(value => value!.GetValue<double>()).Order()];
            return sorted[sorted.Length / 2];
        }
    }

    private static string Read(string file)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        return File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, file));
    }
}
