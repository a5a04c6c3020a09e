using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// The time and memory of an expert's view: batches of 128 images of 32×32 pixels with the same images at 96 and 224 pixels, made from
/// pictures stored at that size. Beside them, the students' images scaled to that size, as for a set that is stored small. In turn.
/// </summary>
internal static class ViewBenchmark
{
    private const int Batch = 128, Stored = 8 * Batch, WarmUp = 2;

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        int rounds = run.Number("--rounds", 20);
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 2));
        var measured = new List<object>();
        foreach (int size in new[] { 32, 96, 224 })
        {
            long before = Memory();
            var images = Images(size);
            var batches = Batches.ForTraining(
                images, Batch, Normalization.OfImages(images), device, new Augmentation { Border = Border.Edge }, 0);
            // As in a training: one batch after the other, each with the view made ahead.
            for (int step = 0; step < 2 * batches.Steps; step++)
            {
                using var batch = batches.Get(1 + step / batches.Steps, step % batches.Steps);
                if (size != 32)
                    batch.ImagesAt(new ImageView(size));
            }
            long memory = Memory() - before;
            var (making, scaling) = (new List<double>(), new List<double>());
            for (int round = -WarmUp; round < rounds; round++)
            {
                int step = (round + WarmUp) % batches.Steps, epoch = 1 + (round + WarmUp) / batches.Steps;
                // A batch out of order is not made ahead, so that its whole time is seen.
                Time(making, round, () =>
                {
                    using var batch = batches.Get(epoch, batches.Steps - 1 - step);
                    if (size != 32)
                        batch.ImagesAt(new ImageView(size));
                });
                using var plain = batches.Get(epoch, step);
                Time(scaling, round, () => Distillation.ImageScaling.Fit(plain.Images, new(3, size, size)).Dispose());
            }
            double make = BenchmarkRun.Median(making), scale = BenchmarkRun.Median(scaling);
            Console.WriteLine($"{size}x{size}: a batch with the view in {1000 * make:0.0} ms, scaled from 32x32 in {1000 * scale:0.0} ms");
            measured.Add(new
            {
                size,
                makingSeconds = make,
                scalingSeconds = size == 32 ? (double?)null : scale,
                storedBytesPerImage = 3 * size * size,
                batchBytes = 4L * 3 * Batch * size * size,
                memoryBytes = memory,
            });
            GC.KeepAlive(images);
        }
        run.Record(new
        {
            benchmark = "views",
            work = "batches of 128 noise images of 32x32, flip and pad 4, with the same images at another size; medians",
            environment = RunEnvironment.Now(device),
            rounds,
            sizes = measured,
        });
        return 0;
    }

    private static ImageSubset Images(int size)
    {
        string[] classes = ["a", "b"];
        int[] labels = [.. Enumerable.Range(0, Stored).Select(i => i % 2)];
        var small = new ImageSet("noise", Noise(32), labels, classes, 32, 32, 3)
        {
            OtherSizes = size == 32 ? [] : [new ImageSet("noise", Noise(size), labels, classes, size, size, 3)],
        };
        return ImageSubset.All(small);

        static byte[] Noise(int side)
        {
            var pixels = new byte[Stored * side * side * 3];
            new Random(1).NextBytes(pixels);
            return pixels;
        }
    }

    private static long Memory()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static void Time(List<double> seconds, int round, Action action)
    {
        var watch = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        action();
        if (round >= 0)
            seconds.Add(watch.Elapsed.TotalSeconds);
    }
}
