using System.Diagnostics;
using System.Globalization;
using Pupil.Experiments.Runs;

namespace Pupil.Benchmarks;

/// <summary>
/// A model of the CTKD step on several nodes, and its check: two processes in two network namespaces of this machine, joined by a link
/// whose rate is limited (<c>benchmarks/network/namespaces</c>, needs root). The check predicts the step on each link from the step
/// over shared memory, the link's rate and its latency, which single sums show.
/// </summary>
internal static class ScalingBenchmark
{
    private const string Namespaces = "benchmarks/network/namespaces";
    private const int SmallSum = 65, Batch = 128;

    private static readonly (string Name, double Latency, double Bandwidth)[] Networks =
        [("10 Gbit/s, 30 µs", 30e-6, 10e9 / 8), ("200 Gbit/s, 2 µs", 2e-6, 200e9 / 8)];

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        int steps = run.Number("--steps", 8), rounds = run.Number("--rounds", 3);
        int[] rates = [.. run.Text("--megabits", "100,1000").Split(',').Select(int.Parse)];
        var checks = new List<object>();
        var models = new List<object>();
        foreach (string statistics in new[] { "whole", "local" })
        {
            var shared = Several(rounds, () => Start(ProcessesBenchmark.Together(2), statistics, steps));
            var alone = Several(rounds, () => ProcessesBenchmark.Start([], 2, "ctkd", statistics, steps));
            double own = Median(shared, part => part.SecondsPerStep), sums = shared[0].OperationsPerStep, bytes = shared[0].BytesPerStep;
            foreach (int rate in rates)
            {
                List<ProcessesBenchmark.PartResult> link;
                Call("up", rate.ToString(CultureInfo.InvariantCulture));
                try
                {
                    link = Several(rounds, () => Start([Path.GetFullPath(Namespaces), "mpirun"], statistics, steps));
                }
                finally
                {
                    Call("down");
                }
                double latency = Median(link, Small), measured = Median(link, part => part.SecondsPerStep);
                double predicted = own + sums * (latency - Median(shared, Small))
                    + ScalingModel.Copies(2) * bytes / (rate * 1e6 / 8);
                Console.WriteLine($"{statistics}, {rate} Mbit/s: {measured:0.000} s a step, predicted {predicted:0.000}");
                checks.Add(new
                {
                    statistics,
                    rate,
                    latencySeconds = latency,
                    sharedMemorySeconds = own,
                    measuredSeconds = measured,
                    predictedSeconds = predicted,
                    sumsPerStep = sums,
                    bytesPerStep = bytes,
                });
            }
            var model = new ScalingModel(Median(alone, part => part.SecondsPerStep) / Batch, sums, bytes);
            models.AddRange(
                from network in Networks
                from nodes in new[] { 2, 4, 8, 16, 32, 64 }
                select new
                {
                    statistics,
                    network = network.Name,
                    nodes,
                    fixedBatch = model.Efficiency(nodes, (double)Batch / nodes, network.Latency, network.Bandwidth),
                    fixedImagesEach = model.Efficiency(nodes, Batch, network.Latency, network.Bandwidth),
                });
        }
        run.Record(new { benchmark = "scaling", environment = RunEnvironment.Now(TorchSharp.torch.CPU), steps, rounds, checks, models });
        return 0;
    }

    private static ProcessesBenchmark.PartResult Start(string[] launcher, string statistics, int steps) =>
        ProcessesBenchmark.Start(launcher, 1, "ctkd", statistics, steps, SmallSum);

    private static double Small(ProcessesBenchmark.PartResult part) => part.Sums.Single(sum => sum.Numbers == SmallSum).Seconds;

    private static List<ProcessesBenchmark.PartResult> Several(int rounds, Func<ProcessesBenchmark.PartResult> start) =>
        [.. Enumerable.Range(0, rounds).Select(_ => start())];

    private static double Median(List<ProcessesBenchmark.PartResult> parts, Func<ProcessesBenchmark.PartResult, double> value) =>
        BenchmarkRun.Median(parts.Select(value));

    private static void Call(params string[] arguments)
    {
        using var process = Process.Start(Path.GetFullPath(Namespaces), arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Namespaces} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
