using System.Globalization;
using System.Text.Json.Nodes;

namespace Pupil.Tests.Documentation;

/// <summary>The tables of the kernels' speed are those of the record.</summary>
public sealed class KernelResultsTests
{
    [Theory]
    [InlineData("results/kernels/README.md")]
    [InlineData("docs/performance.md")]
    public void A_table_is_that_of_the_record(string page)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        string repository = RealData.RepositoryFolder!;
        var record = JsonNode.Parse(File.ReadAllText(Path.Combine(repository, "results", "kernels", "kernels.json")))!;
        string text = File.ReadAllText(Path.Combine(repository, page));
        Assert.All(record["rows"]!.AsArray(), row => Assert.Contains(Row(row!), text));
    }

    private static string Row(JsonNode row) => string.Create(CultureInfo.InvariantCulture,
        $"| {row["network"]} | {row["work"]} | {1e3 * Median(row["own"]!):0.0} ms | {1e3 * Median(row["library"]!):0.0} ms | "
        + $"{row["medianRatio"]!.GetValue<double>():0.00} |");

    private static double Median(JsonNode values)
    {
        double[] sorted = [.. values.AsArray().Select(value => value!.GetValue<double>()).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
