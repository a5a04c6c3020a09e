using System.Globalization;
using System.Text.Json.Nodes;

namespace Pupil.Tests.Documentation;

/// <summary>The tables of two processes beside one, and of one training by 1, 2 and 4, are those of the records.</summary>
public sealed class ProcessesRecordTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void The_table_is_that_of_the_records(int processes)
    {
        var run = JsonNode.Parse(Read($"cifar10/epochs-{processes}/run.json"))!;
        var environment = JsonNode.Parse(Read($"cifar10/epochs-{processes}/environment.json"))![0]!;
        Assert.Equal(processes, environment["processes"]?.GetValue<int>() ?? 1);
        string differences = processes == 1 ? "– | –" : $"{Largest(processes, 3)} | {Largest(processes, 20)}";
        string accuracies = string.Join(" | ", run["networks"]!.AsArray()
            .Select(network => Number(100 * network!["last"]!["test"]!["top1"]!.GetValue<double>(), "0.00")));
        Assert.Contains($"| {processes} | {differences} | {accuracies} | {Number(run["trainingSeconds"]!.GetValue<double>(), "0")} s |",
            Read("README.md"));
    }

    [Theory]
    [InlineData("whole", "whole batch")]
    [InlineData("local", "local")]
    public void The_times_of_two_processes_are_those_of_the_records(string file, string name)
    {
        var record = JsonNode.Parse(Read($"{file}.json"))!;
        double waiting = 1000 * Median("many", "waitingPerStep"), step = 1000 * Median("many", "secondsPerStep");
        string one = Number(Median("one", "imagesPerSecond"), "0"), many = Number(Median("many", "imagesPerSecond"), "0");
        string ratio = Number(Numeric(record["medianRatio"]), "0.00"), moved = Number(Median("many", "bytesPerStep") / 1e6, "0.0");
        string sums = Number(Median("many", "operationsPerStep"), "0");
        string row = $"| {name} | {one} | {many} | {ratio} | {moved} MB | {sums} | {Number(waiting, "0")} of {Number(step, "0")} ms |";
        NumbersInText.AssertContains(row, Read("README.md"));
        NumbersInText.AssertContains(row, Read("../../docs/many-machines.md"));

        double Median(string rounds, string entry)
        {
            double[] sorted = [.. record[rounds]!.AsArray().Select(round => Numeric(round![entry])).Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }

        static double Numeric(JsonNode? node) => node!.GetValue<double>();
    }

    private static string Largest(int processes, int steps) => Number(Terms(1).Zip(Terms(processes)).Take(steps).Max(pair =>
        pair.First.Max(term => Math.Abs(term.Value - pair.Second[term.Key]) / Math.Abs(term.Value))), "0.0e-0");

    private static List<Dictionary<string, double>> Terms(int processes) =>
    [
        .. Read($"cifar10/steps-{processes}/epochs.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!["terms"]!.AsObject()
                .ToDictionary(term => term.Key, term => term.Value!.GetValue<double>())),
    ];

    private static string Number(double value, string form) => value.ToString(form, CultureInfo.InvariantCulture);

    private static string Read(string file)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        return File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "results/processes", file));
    }
}
