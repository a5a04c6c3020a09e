using System.Diagnostics;
using System.Text.Json;
using Pupil.Experiments.Runs;

namespace Pupil.Benchmarks;

/// <summary>Pupil's training step (with batch and augmentation) and PyTorch's, alternately, many times.</summary>
internal static class CtkdStepBenchmark
{
    private const int WarmUp = 3;

    public static int Run(string[] arguments)
    {
        // libgomp's own default; set, it keeps Pupil from taking PyTorch's turns for a busy neighbour.
        Environment.SetEnvironmentVariable("GOMP_SPINCOUNT", "300000");
        var run = new BenchmarkRun(arguments);
        int steps = run.Number("--steps", 20);
        int threads = run.Number("--threads", 2);
        var device = Compute.Prepare(DeviceChoice.Cpu, threads);
        using var pytorch = new PyTorchStep(run.Text("--python", "python3"), threads, WarmUp);
        using var trainer = CtkdTraining.CreateTrainer(steps + WarmUp, device);
        using var ours = trainer.Run().GetEnumerator();
        for (int step = 0; step < WarmUp; step++)
            ours.MoveNext();
        pytorch.Step();

        var (pupilSeconds, pytorchSeconds) = (new List<double>(), new List<double>());
        for (int step = 0; step < steps; step++)
        {
            // The threads of the step before spin for a while; they should sleep first.
            Thread.Sleep(300);
            var watch = Stopwatch.StartNew();
            ours.MoveNext();
            pupilSeconds.Add(watch.Elapsed.TotalSeconds);
            Thread.Sleep(300);
            pytorchSeconds.Add(pytorch.Step());
            Console.WriteLine($"{step + 1,3}  Pupil {pupilSeconds[^1]:0.000} s  PyTorch {pytorchSeconds[^1]:0.000} s");
        }
        string theirs = pytorch.Quit();
        double[] ratios = [.. pupilSeconds.Zip(pytorchSeconds, (our, their) => our / their)];
        var result = new
        {
            benchmark = "ctkd-step",
            work = "WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32x32, float32, SGD; "
                + "Pupil's step makes its batch too",
            environment = RunEnvironment.Now(device),
            steps,
            pupil = new { medianSeconds = BenchmarkRun.Median(pupilSeconds), seconds = pupilSeconds, peakMegabytes = PeakMegabytes() },
            pytorch = new
            {
                medianSeconds = BenchmarkRun.Median(pytorchSeconds),
                seconds = pytorchSeconds,
                about = JsonDocument.Parse(theirs).RootElement,
            },
            medianRatioOfPairs = BenchmarkRun.Median(ratios),
        };
        run.Record(result);
        return 0;
    }

    private static double PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
