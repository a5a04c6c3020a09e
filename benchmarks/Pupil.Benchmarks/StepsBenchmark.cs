using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// A step of collaborative teaching, a step of the student alone with its batch, and an evaluation: by Pupil, and by PyTorch as the
/// released code writes it and as a careful user does, alternately. Before, the terms of the first step are checked to agree.
/// </summary>
internal static class StepsBenchmark
{
    private const int WarmUp = 3;
    private const double LargestDifference = 1e-3;

    // The threads of the step before spin for a while; they should sleep first.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.3);

    public static int Run(string[] arguments)
    {
        // libgomp's own default; set, it keeps Pupil from taking PyTorch's turns for a busy neighbour.
        Environment.SetEnvironmentVariable("GOMP_SPINCOUNT", "300000");
        var run = new BenchmarkRun(arguments);
        int steps = run.Number("--steps", 15), threads = run.Number("--threads", 2);
        string python = run.Text("--python", "python3");
        string[] styles = run.Text("--styles", "eager,careful,bfloat16").Split(',');
        var device = Compute.Prepare(DeviceChoice.Cpu, threads);
        CheckTerms(python, threads);
        var works = new List<object>();
        foreach (string work in run.Text("--works", "ctkd,alone,evaluate").Split(','))
            works.Add(Measure(work, steps, [.. styles.Select(style => new PyTorchWork(python, work, style, threads))], device));
        run.Record(new
        {
            benchmark = "steps",
            work = "ctkd: WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32x32, float32, SGD; Pupil makes its "
                + "batch too. alone: WRN-16-1, batch 128, with its batch. evaluate: WRN-16-1, 2,500 images",
            environment = RunEnvironment.Now(device),
            steps,
            works,
        });
        return 0;
    }

    private static object Measure(string work, int steps, PyTorchWork[] others, Device device)
    {
        using var ours = Start(work, steps + WarmUp, device).GetEnumerator();
        var own = new List<double>();
        var theirs = others.ToDictionary(other => other.Style, _ => new List<double>());
        for (int step = -WarmUp; step < steps; step++)
        {
            Thread.Sleep(Pause);
            var watch = Stopwatch.StartNew();
            ours.MoveNext();
            double seconds = watch.Elapsed.TotalSeconds;
            if (step >= 0)
                own.Add(seconds);
            foreach (var other in others)
            {
                Thread.Sleep(Pause);
                seconds = other.Step();
                if (step >= 0)
                    theirs[other.Style].Add(seconds);
            }
        }
        // The peak of the process so far: that of the work is measured where it runs alone.
        using var process = Process.GetCurrentProcess();
        var rows = others.Select(other =>
        {
            double[] ratios = [.. theirs[other.Style].Zip(own, (their, our) => their / our).Order()];
            Console.WriteLine($"{work,-9} Pupil {1e3 * BenchmarkRun.Median(own),7:0.0} ms  PyTorch, {other.Style,-9} "
                + $"{1e3 * BenchmarkRun.Median(theirs[other.Style]),7:0.0} ms  {BenchmarkRun.Median(ratios):0.00}× "
                + $"({ratios[0]:0.00} to {ratios[^1]:0.00})");
            return new
            {
                other.Style,
                seconds = theirs[other.Style],
                medianRatio = BenchmarkRun.Median(ratios),
                leastRatio = ratios[0],
                largestRatio = ratios[^1],
                about = other.Quit(),
            };
        }).ToList();
        foreach (var other in others)
            other.Dispose();
        return new { work, pupil = own, pupilPeakMegabytes = process.PeakWorkingSet64 / 1e6, pytorch = rows };
    }

    // A sequence whose every element is computed by the work.
    private static IEnumerable<object> Start(string work, int steps, Device device) => work switch
    {
        "ctkd" => Records(CtkdTraining.CreateTrainer(steps, device)),
        "alone" => Records(CtkdTraining.CreateTrainerAlone(steps, device)),
        "evaluate" => Evaluations(device),
        _ => throw new ArgumentException($"--works: found '{work}', expected ctkd, alone or evaluate."),
    };

    private static IEnumerable<object> Records(Trainer trainer)
    {
        using (trainer)
        {
            foreach (var record in trainer.Run())
                yield return record;
        }
    }

    private static IEnumerable<object> Evaluations(Device device)
    {
        using var network = CtkdTraining.Build("wrn-16-1");
        var images = CtkdTraining.Noise(2500, CtkdTraining.Side);
        var batches = Batches.ForEvaluation(images, Evaluation.BatchSize, Normalization.OfImages(images), device);
        while (true)
            yield return Evaluation.Measure(network, batches);
    }

    private static void CheckTerms(string python, int threads)
    {
        double[] ours = CtkdTraining.KnownTerms();
        using var pytorch = new PyTorchWork(python, "ctkd", "careful", threads);
        double[] theirs = pytorch.Check();
        pytorch.Quit();
        Console.WriteLine($"terms of the first step: Pupil {string.Join(' ', ours.Select(term => $"{term:0.00000}"))}, "
            + $"PyTorch {string.Join(' ', theirs.Select(term => $"{term:0.00000}"))}");
        if (ours.Zip(theirs).Any(pair => !(Math.Abs(pair.First - pair.Second) <= LargestDifference * Math.Abs(pair.Second))))
            throw new InvalidOperationException("The terms of the first step differ: the programs do not do the same work.");
    }
}
