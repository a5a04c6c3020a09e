using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Training.Computing;
using TorchSharp;

namespace Pupil.Benchmarks;

/// <summary>Resident memory and live tensors over many steps of collaborative teaching with the demo's networks.</summary>
internal static class MemoryBenchmark
{
    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 2));
        int steps = run.Number("--steps", 1000), interval = steps / 10;
        var started = Stopwatch.StartNew();
        using var trainer = CtkdTraining.CreateTrainer(TimedWork.Demo, steps + 1, device, Precision.Float32);
        using var records = trainer.Run().GetEnumerator();
        var points = new List<(int Step, double Megabytes, long Tensors)>();
        double secondsToFirstStep = 0;
        for (int step = 1; step <= steps; step++)
        {
            records.MoveNext();
            if (step == 1)
                secondsToFirstStep = started.Elapsed.TotalSeconds;
            if (step % interval != 0)
                continue;
            using var process = Process.GetCurrentProcess();
            points.Add((step, process.WorkingSet64 / 1e6, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount));
            Console.WriteLine($"step {step,5}  {points[^1].Megabytes,7:0.0} MB  {points[^1].Tensors} tensors");
        }
        run.Record(new
        {
            benchmark = "memory",
            environment = RunEnvironment.Now(device),
            steps,
            secondsToFirstStep,
            points = points.Select(point => new { point.Step, point.Megabytes, point.Tensors }),
        });
        return 0;
    }
}
