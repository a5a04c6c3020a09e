using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Processes;
using Pupil.Training.Computing;

namespace Pupil.Benchmarks;

/// <summary>
/// The CTKD step by several processes of one thread under <c>mpirun</c>, and by one process with as many threads, alternately; then single
/// sums over the processes by size, from which their latency and bandwidth follow.
/// </summary>
internal static class ProcessesBenchmark
{
    private const string Part = "processes-part";
    private const int WarmUp = 12, SumRepeats = 200;
    private static readonly int[] SumSizes = [1, 65, 1_000, 10_000, 100_000, 1_000_000];

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        int steps = run.Number("--steps", 8), rounds = run.Number("--rounds", 5), processes = run.Number("--processes", 2);
        string work = run.Text("--work", "ctkd"), statistics = run.Text("--statistics", "whole");
        var (one, many) = (new List<PartResult>(), new List<PartResult>());
        for (int round = 0; round < rounds; round++)
        {
            one.Add(Start([], processes, work, statistics, steps));
            many.Add(Start(Together(processes), 1, work, statistics, steps));
            Console.WriteLine($"round {round + 1}: {one[^1].ImagesPerSecond:0.0} images/s by one process of {processes} threads, "
                + $"{many[^1].ImagesPerSecond:0.0} by {processes} processes");
        }
        double ratio = BenchmarkRun.Median(many.Zip(one, (several, single) => several.ImagesPerSecond / single.ImagesPerSecond));
        Console.WriteLine($"{processes} processes: {ratio:0.000} times as fast as one");
        run.Record(new
        {
            benchmark = "processes",
            environment = RunEnvironment.Now(TorchSharp.torch.CPU),
            work,
            statistics,
            steps,
            processes,
            medianRatio = ratio,
            one,
            many,
        });
        return 0;
    }

    /// <summary>The work of one process; the first one prints a line of JSON.</summary>
    public static int RunPart(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        using var started = MpiGroup.Start();
        IProcessGroup group = started is null ? OneProcess.Instance : started;
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 1));
        int steps = run.Number("--steps", 8);
        var timed = run.Text("--work", "ctkd") == "demo" ? TimedWork.Demo : TimedWork.Ctkd;
        Execution execution = SingleProcess.Instance;
        if (group.Size > 1)
            execution = new ManyProcesses(group, execution, run.Text("--statistics", "whole") == "whole");
        using var trainer = CtkdTraining.CreateTrainer(
            timed, steps + WarmUp + 1, device, execution, out _, new BatchShare(group.Rank, group.Size));
        using var records = trainer.Run().GetEnumerator();
        for (int step = 0; step < WarmUp; step++)
            records.MoveNext();
        var before = group.Traffic;
        var watch = Stopwatch.StartNew();
        for (int step = 0; step < steps; step++)
            records.MoveNext();
        double seconds = watch.Elapsed.TotalSeconds;
        var traffic = group.Traffic.Since(before);
        int largest = group.Size == 1 ? 0 : run.Number("--largest-sum", int.MaxValue);
        var sums = SumSizes.Where(size => size <= largest).Select(size => new SumTime(size, Sum(group, size))).ToList();
        if (group.Rank == 0)
        {
            Console.WriteLine(JsonSerializer.Serialize(new PartResult(steps * timed.BatchSize / seconds, traffic.Bytes / steps,
                traffic.Operations / (double)steps, traffic.Seconds / steps, seconds / steps, sums)));
        }
        return 0;
    }

    // The median of the seconds of a sum of float32 numbers.
    private static double Sum(IProcessGroup group, int count)
    {
        float[] numbers = GC.AllocateArray<float>(count, pinned: true);
        nint first = Marshal.UnsafeAddrOfPinnedArrayElement(numbers, 0);
        var seconds = new List<double>();
        for (int i = 0; i < SumRepeats; i++)
        {
            group.Meet();
            var watch = Stopwatch.StartNew();
            group.StartSum(new NumberMemory(first, count, IsDouble: false)).Wait();
            seconds.Add(watch.Elapsed.TotalSeconds);
        }
        return BenchmarkRun.Median(seconds);
    }

    /// <summary>The command that starts several processes on this machine.</summary>
    public static string[] Together(int processes) => ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", $"{processes}"];

    /// <summary>Starts the work's processes, and returns what the first one measured.</summary>
    /// <param name="launcher">The command that starts several; empty for one process.</param>
    /// <param name="threads">The threads of each.</param>
    /// <param name="work">The work.</param>
    /// <param name="statistics">The batch-norms' statistics, <c>whole</c> or <c>local</c>.</param>
    /// <param name="steps">The timed steps.</param>
    /// <param name="largestSum">The numbers of the largest single sum that is timed.</param>
    public static PartResult Start(
        string[] launcher, int threads, string work, string statistics, int steps, int largestSum = int.MaxValue)
    {
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Environment.GetCommandLineArgs()[0]] : [program];
        string[] command =
        [
            .. launcher, .. self, Part,
            "--threads", threads.ToString(CultureInfo.InvariantCulture), "--work", work,
            "--statistics", statistics, "--steps", steps.ToString(CultureInfo.InvariantCulture),
            "--largest-sum", largestSum.ToString(CultureInfo.InvariantCulture),
        ];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // mpirun gives its processes a terminal, which .NET prepares by a sequence of characters.
        string? line = output.Split('\n').FirstOrDefault(line => line.Contains('{'));
        return line is not null ? JsonSerializer.Deserialize<PartResult>(line[line.IndexOf('{')..])!
            : throw new InvalidOperationException($"{string.Join(' ', command)}: ended with {process.ExitCode} and no result:\n{output}");
    }

    /// <param name="ImagesPerSecond">Images of all processes.</param>
    /// <param name="BytesPerStep">The bytes that a process gave to the others.</param>
    /// <param name="OperationsPerStep">The number of sums.</param>
    /// <param name="WaitingPerStep">The seconds that a process waited for sums.</param>
    /// <param name="SecondsPerStep">The seconds of a step.</param>
    /// <param name="Sums">The time of single sums.</param>
    internal sealed record PartResult(double ImagesPerSecond, long BytesPerStep, double OperationsPerStep, double WaitingPerStep,
        double SecondsPerStep, IReadOnlyList<SumTime> Sums);

    /// <param name="Numbers">Float32 numbers.</param>
    /// <param name="Seconds">The median time.</param>
    internal sealed record SumTime(int Numbers, double Seconds);
}
