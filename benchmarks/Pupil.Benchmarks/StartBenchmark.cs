using System.Diagnostics;
using Pupil.Experiments.Runs;

namespace Pupil.Benchmarks;

/// <summary>Whole commands of a published tool, from start to end, and a program of the same .NET that does nothing, alternately.</summary>
internal static class StartBenchmark
{
    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        string tool = Path.GetFullPath(run.Text("--tool", "pupil"));
        int rounds = run.Number("--rounds", 15);
        (string Name, string Program, string[] Arguments)[] commands =
        [
            ("a .NET program that does nothing", Environment.ProcessPath!, ["nothing"]),
            ("pupil --help", tool, ["--help"]),
            ("pupil distill --help", tool, ["distill", "--help"]),
            ("pupil predict", tool, ["predict", run.Text("--model", "student.onnx"), run.Text("--picture", "picture.jpg")]),
        ];
        var seconds = commands.ToDictionary(command => command.Name, _ => new List<double>());
        for (int round = -1; round < rounds; round++)
        {
            foreach (var (name, program, given) in commands)
            {
                double taken = Time(program, given);
                // The first round reads the files from the disk.
                if (round >= 0)
                    seconds[name].Add(taken);
            }
        }
        var rows = commands.Select(command => new
        {
            command.Name,
            median = BenchmarkRun.Median(seconds[command.Name]),
            seconds = seconds[command.Name],
        }).ToList();
        foreach (var row in rows)
            Console.WriteLine($"{row.Name,-34} {1e3 * row.median,6:0} ms");
        run.Record(new { benchmark = "start", environment = RunEnvironment.Now(TorchSharp.torch.CPU), rounds, rows });
        return 0;
    }

    private static double Time(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ends with exit code {process.ExitCode}.");
    }
}
