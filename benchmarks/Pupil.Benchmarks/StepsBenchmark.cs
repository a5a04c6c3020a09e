using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Training;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// Steps of collaborative teaching and of students alone, a whole epoch, and an evaluation: by Pupil, and by PyTorch as the released code
/// writes it and as a careful user does, alternately. Before, the terms of the first step are checked to agree.
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
        string place = run.Text("--device", "cpu");
        var device = Compute.Prepare(place == "cuda" ? DeviceChoice.Cuda : DeviceChoice.Cpu, threads);
        var precision = run.Text("--precision", "float32") == "bfloat16" ? Precision.Bfloat16 : Precision.Float32;
        CheckTerms(python, threads, place, device);
        var works = new List<object>();
        foreach (string work in run.Text("--works", "ctkd,epoch,alone,evaluate,resnet-18,demo").Split(','))
        {
            var others = styles.Select(style => new PyTorchWork(python, work, style, threads, place)).ToArray();
            works.Add(Measure(work, steps, others, device, precision));
        }
        run.Record(new
        {
            benchmark = "steps",
            work = "ctkd: WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32x32, float32, SGD; Pupil makes its "
                + "batch too. epoch: 20 such steps with their batches, evaluation of student and scratch teacher on 1,000 images. alone: "
                + "WRN-16-1, batch 128, with its batch. evaluate: WRN-16-1, 2,500 images. resnet-18: alone, batch 16, 224x224. demo: "
                + "WRN-16-1 twice, WRN-10-1, batch 32, 20x20",
            pupilPrecision = precision,
            environment = RunEnvironment.Now(device),
            steps,
            works,
        });
        return 0;
    }

    private static object Measure(string work, int steps, PyTorchWork[] others, Device device, Precision precision)
    {
        using var ours = Start(work, steps + WarmUp, device, precision).GetEnumerator();
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
    private static IEnumerable<object> Start(string work, int steps, Device device, Precision precision)
    {
        return work switch
        {
            "ctkd" => Records(Trainer(TimedWork.Ctkd)),
            "epoch" => Records(CtkdTraining.CreateTrainer(TimedWork.Ctkd, 20, device, precision)).OfType<EpochRecord>(),
            "alone" => Records(Trainer(TimedWork.Alone)),
            "resnet-18" => Records(Trainer(TimedWork.ResNet)),
            "demo" => Records(Trainer(TimedWork.Demo)),
            "evaluate" => Evaluations(device),
            _ => throw new ArgumentException($"--works: found '{work}', expected ctkd, epoch, alone, evaluate, resnet-18 or demo."),
        };

        // No step is the last of its epoch, which an evaluation follows.
        Trainer Trainer(TimedWork what) => CtkdTraining.CreateTrainer(what, steps + 1, device, precision);
    }

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
        using var network = CtkdTraining.Build("wrn-16-1", CtkdTraining.Side, device);
        var images = CtkdTraining.Noise(2500, CtkdTraining.Side);
        var batches = Batches.ForEvaluation(images, Evaluation.BatchSize, Normalization.OfImages(images), device);
        while (true)
            yield return Evaluation.Measure(network, batches);
    }

    private static void CheckTerms(string python, int threads, string place, Device device)
    {
        double[] ours = CtkdTraining.KnownTerms(device);
        using var pytorch = new PyTorchWork(python, "ctkd", "careful", threads, place);
        double[] theirs = pytorch.Check();
        pytorch.Quit();
        Console.WriteLine($"terms of the first step: Pupil {string.Join(' ', ours.Select(term => $"{term:0.00000}"))}, "
            + $"PyTorch {string.Join(' ', theirs.Select(term => $"{term:0.00000}"))}");
        if (ours.Zip(theirs).Any(pair => !(Math.Abs(pair.First - pair.Second) <= LargestDifference * Math.Abs(pair.Second))))
            throw new InvalidOperationException("The terms of the first step differ: the programs do not do the same work.");
    }
}
