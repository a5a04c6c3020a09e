using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Training;

namespace Pupil.Benchmarks;

/// <summary>
/// The time of batches beside the training step: the time to make one, and the time that a step waits for one made in the background. Both
/// are measured in the same run, alternately, and given as shares of the CTKD step.
/// </summary>
internal static class BatchMakingBenchmark
{
    private const int WarmUp = 3, Images = 20 * CtkdTraining.BatchSize;

    private static readonly Work[] Kinds =
    [
        new("32x32, flip and pad 4", 32, new()),
        new("64x64 to 32x32, random resized crop and flip", 64, new() { Pad = 0, RandomResizedCrop = new() }),
        new("64x64 to 32x32, random resized crop, flip and RandAugment", 64,
            new() { Pad = 0, RandomResizedCrop = new(), Policy = new RandAugment() }),
    ];

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        int steps = run.Number("--steps", 20);
        int threads = run.Number("--threads", 2);
        var device = Compute.Prepare(DeviceChoice.Cpu, threads);
        var measured = new List<object>();
        foreach (var work in Kinds)
        {
            var images = CtkdTraining.Noise(Images, work.StoredSide);
            var input = work.StoredSide == CtkdTraining.Side ? null : new InputOptions { Size = CtkdTraining.Side };
            using var trainer = CtkdTraining.CreateTrainer(steps + WarmUp, device);
            measured.Add(Measure(work, images, input, trainer, steps, device));
        }
        var result = new
        {
            benchmark = "batch-making",
            work = "batches of 128 beside the CTKD step (WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, 32x32); medians",
            environment = RunEnvironment.Now(device),
            steps,
            kinds = measured,
        };
        run.Record(result);
        return 0;
    }

    // The trainer's own batches take little time. The measured ones are requested before each of its steps, and made meanwhile.
    private static object Measure(
        Work work, ImageSubset images, InputOptions? input, Trainer trainer, int steps, TorchSharp.torch.Device device)
    {
        var normalization = Normalization.OfImages(images);
        var preparation = new ImagePreparation(images.Set, normalization, input, work.Augmentation, 0);
        var maker = new BatchMaker(images, CtkdTraining.BatchSize, preparation, null, 0, Sampling.All, BatchShare.All);
        var batches = Batches.ForTraining(images, CtkdTraining.BatchSize, normalization, device, work.Augmentation, 0, input);
        using var records = trainer.Run().GetEnumerator();
        var (making, waiting, stepping) = (new List<double>(), new List<double>(), new List<double>());
        for (int step = -WarmUp; step < steps; step++)
        {
            var (epoch, at) = (1 + (step + WarmUp) / batches.Steps, (step + WarmUp) % batches.Steps);
            Time(waiting, step, () => batches.Get(epoch, at).Dispose());
            Time(stepping, step, () => records.MoveNext());
            // The threads of the work before spin for a while; they should sleep first.
            Thread.Sleep(100);
            Time(making, step, () => maker.Return(maker.Make(epoch, at)));
        }
        var (make, wait, take) = (BenchmarkRun.Median(making), BenchmarkRun.Median(waiting), BenchmarkRun.Median(stepping));
        Console.WriteLine($"{work.Name}: made in {1000 * make:0.00} ms ({make / take:0.00 %}), "
            + $"waited for {1000 * wait:0.00} ms ({wait / take:0.00 %}), step {1000 * take:0} ms");
        return new
        {
            name = work.Name,
            stepSeconds = take,
            makingSeconds = make,
            makingPercentOfStep = 100 * make / take,
            waitingSeconds = wait,
            waitingPercentOfStep = 100 * wait / take,
        };
    }

    private static void Time(List<double> seconds, int step, Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        if (step >= 0)
            seconds.Add(watch.Elapsed.TotalSeconds);
    }

    private sealed record Work(string Name, int StoredSide, Augmentation Augmentation);
}
