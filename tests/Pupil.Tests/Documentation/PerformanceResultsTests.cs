using System.Globalization;
using System.Text.Json.Nodes;

namespace Pupil.Tests.Documentation;

/// <summary>The tables of speed in the documentation are those of the records.</summary>
public sealed class PerformanceResultsTests
{
    private const string Page = "docs/performance.md";

    private static readonly Dictionary<string, string> Works = new()
    {
        ["ctkd"] = "CTKD step",
        ["epoch"] = "epoch of 20 CTKD steps",
        ["alone"] = "student alone, with its batch",
        ["evaluate"] = "evaluation of 2,500 images",
        ["resnet-18"] = "ResNet-18 alone, 224×224",
        ["demo"] = "CTKD step, demo's size",
        ["methods"] = "alone, kd, dkd, dist, at, at+kd, rocket, ctkd, ctkd+kd",
        ["claim"] = "alone, kd, dkd, dist, at, at+kd, scratch only, ctkd, ctkd+kd",
        ["one-method"] = "ctkd with four values of γ",
    };

    private static readonly Dictionary<string, string> Styles = new()
    {
        ["eager"] = "as the released code writes it",
        ["careful"] = "careful",
        ["bfloat16"] = "careful, bfloat16",
    };

    [Theory]
    [InlineData("results/kernels/README.md")]
    [InlineData(Page)]
    public void Kernels(string page) => AssertRows(page, "results/kernels/kernels.json", record => record["rows"]!.AsArray().Select(row =>
        $"| {row!["network"]} | {row["work"]} | {Milliseconds(row["own"]!, "0.0")} | {Milliseconds(row["library"]!, "0.0")} | "
            + $"{Number(row["medianRatio"])} | {Milliseconds(row["bfloat16"]!, "0.0")} | {Number(row["bfloat16Ratio"])} |"));

    [Theory]
    [InlineData("results/ctkd-step/README.md")]
    [InlineData(Page)]
    public void Steps(string page) => AssertRows(page, "results/ctkd-step/steps.json", record =>
        from work in record["works"]!.AsArray()
        from other in work!["pytorch"]!.AsArray()
        select $"| {Works[$"{work["work"]}"]} | {Milliseconds(work["pupil"]!, "0")} | {Styles[$"{other!["style"]}"]} | "
            + $"{Milliseconds(other["seconds"]!, "0")} | {Number(other["medianRatio"])} ({Number(other["leastRatio"])} to "
            + $"{Number(other["largestRatio"])}) |");

    [Theory]
    [InlineData("results/comparison-cost/README.md")]
    [InlineData(Page)]
    public void Comparisons(string page) => AssertRows(page, "results/comparison-cost/comparison.json", record =>
        record["rows"]!.AsArray().Select(row => $"| {Works[$"{row!["work"]}"]} | {row["cells"]} | "
            + $"{Milliseconds(row["apart"]!, "0")} | {Milliseconds(row["together"]!, "0")} | {Number(row["medianRatio"])} |"));

    [Fact]
    public void Views()
    {
        AssertRows("results/views/README.md", "results/views/views.json", record => record["sizes"]!.AsArray().Skip(1).Select(row =>
            $"| {row!["size"]}×{row["size"]} | {Time(row["makingSeconds"]!, "0.0")} | {Time(row["scalingSeconds"]!, "0.0")} |"));
        AssertRows("docs/onnx-experts.md", "results/views/views.json", record => record["sizes"]!.AsArray().TakeLast(1).Select(row =>
            $"with a view of {row!["size"]} pixels takes {Time(row["makingSeconds"]!, "0")} on two cores; scaling the students' images to "
            + $"that size takes {Time(row["scalingSeconds"]!, "0")}"));

        static string Time(JsonNode seconds, string form) =>
            $"{(1e3 * seconds.GetValue<double>()).ToString(form, CultureInfo.InvariantCulture)} ms";
    }

    [Theory]
    [InlineData("results/start/README.md")]
    [InlineData(Page)]
    public void Starts(string page) => AssertRows(page, "results/start/start.json", record =>
        record["rows"]!.AsArray().Select(row => $"| {row!["name"]} | {Milliseconds(row["seconds"]!, "0")} |"));

    [Theory]
    [InlineData("results/processes/README.md", "whole")]
    [InlineData("results/processes/README.md", "local")]
    [InlineData("docs/many-machines.md", "whole")]
    [InlineData("docs/many-machines.md", "local")]
    public void Processes(string page, string statistics) => AssertRows(page, $"results/processes/{statistics}.json", record =>
    [
        $"| {(statistics == "whole" ? "whole batch" : "local")} | {Of(record["one"]!, "imagesPerSecond", 1):0} | "
            + $"{Of(record["many"]!, "imagesPerSecond", 1):0} | {Number(record["medianRatio"])} | "
            + $"{Of(record["many"]!, "bytesPerStep", 1e-6).ToString("0.0", CultureInfo.InvariantCulture)} MB | "
            + $"{Of(record["many"]!, "operationsPerStep", 1):0} | {Of(record["many"]!, "waitingPerStep", 1e3):0} of "
            + $"{Of(record["many"]!, "secondsPerStep", 1e3):0} ms |",
    ]);

    [Theory]
    [InlineData("results/large-data/README.md")]
    [InlineData("docs/data.md")]
    public void LargeData(string page)
    {
        AssertRows(page, "results/large-data/limited.json", record => record["points"]!.AsArray().Select(point =>
            $"| {Format(point!["gigabytes"]!, 1, "0")} GB | {Cells(point["shards"])} | {Cells(point["oneFile"])} |"));

        static string Cells(JsonNode? measured) => measured is null ? "– | –"
            : $"{Format(measured["peakMegabytes"]!, 1e-3, "0.0")} GB | {Format(measured["imagesPerSecond"]!, 1, "#,0")}";
    }

    [Theory]
    [InlineData("results/scaling/README.md")]
    [InlineData("docs/many-machines.md")]
    public void Scaling(string page) => AssertRows(page, "results/scaling/scaling.json", record =>
    [
        .. record["checks"]!.AsArray().Select(check => $"| {Statistics(check!)} | {Format(check!["rate"]!, 1, "#,0")} Mbit/s | "
            + $"{Format(check["measuredSeconds"]!, 1e3, "0")} ms | {Format(check["predictedSeconds"]!, 1e3, "0")} ms |"),
        .. record["models"]!.AsArray().GroupBy(model => (Statistics(model!), $"{model!["network"]}")).SelectMany(models =>
            new[] { ("fixedBatch", "128 in all"), ("fixedImagesEach", "128 for each node") }.Select(batch =>
                $"| {models.Key.Item1} | {models.Key.Item2} | {batch.Item2} | "
                + $"{string.Join(" | ", models.Select(model => Format(model![batch.Item1]!, 100, "0")))} |")),
    ]);

    private static string Statistics(JsonNode record) => $"{record["statistics"]}" == "whole" ? "whole batch" : "local";

    private static string Format(JsonNode number, double factor, string form) =>
        (factor * number.GetValue<double>()).ToString(form, CultureInfo.InvariantCulture);

    private static double Of(JsonNode rounds, string value, double factor) =>
        factor * Median(new JsonArray([.. rounds.AsArray().Select(round => JsonValue.Create(round![value]!.GetValue<double>()))]));

    private static void AssertRows(string page, string record, Func<JsonNode, IEnumerable<string>> rows)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        string repository = RealData.RepositoryFolder!, text = File.ReadAllText(Path.Combine(repository, page));
        var expected = rows(JsonNode.Parse(File.ReadAllText(Path.Combine(repository, record)))!).ToList();
        Assert.NotEmpty(expected);
        Assert.All(expected, row => Assert.Contains(row, text));
    }

    private static string Number(JsonNode? number) => number!.GetValue<double>().ToString("0.00", CultureInfo.InvariantCulture);

    private static string Milliseconds(JsonNode values, string form) =>
        $"{(1e3 * Median(values)).ToString(form, CultureInfo.InvariantCulture)} ms";

    private static double Median(JsonNode values)
    {
        double[] sorted = [.. values.AsArray().Select(value => value!.GetValue<double>()).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
