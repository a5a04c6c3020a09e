using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// The memory and speed of an epoch's batches of made-up sets of rising size, in shards and as one packed file. A process for each reads
/// batches of 128 random crops, 224×224 pixels stored, 64×64 made. Under a limit of memory if the system sets one.
/// </summary>
internal static class LargeDataBenchmark
{
    private const int Side = 224, Batch = 128;
    private const long ImageBytes = Side * Side * 3;

    private sealed record Measured(double PeakMegabytes, double PeakMappedMegabytes, double PeakOwnMegabytes, double ImagesPerSecond);

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        string folder = run.Text("--folder", Path.Combine(Path.GetTempPath(), "pupil-large"));
        double[] sizes = [.. run.Text("--gigabytes", "1,2,5").Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        double largest = run.Number("--one-file-up-to", 20);
        var points = new List<object>();
        var drawn = new List<(double Gigabytes, Measured Shards, Measured? OneFile)>();
        foreach (double gigabytes in sizes)
        {
            string several = Path.Combine(folder, "shards");
            var shards = Measure(several, gigabytes, run, PackedTarget.Folder(several, 256_000_000));
            string single = Path.Combine(folder, "one.safetensors");
            var file = gigabytes > largest ? null : Measure(single, gigabytes, run, PackedTarget.File(single));
            Console.WriteLine($"{gigabytes} GB: shards {shards}; one file {file}");
            points.Add(new { gigabytes, shards, oneFile = file });
            drawn.Add((gigabytes, shards, file));
        }
        run.Record(new
        {
            benchmark = "large-data",
            environment = RunEnvironment.Now(CPU),
            limitMegabytes = Limit(),
            points,
        });
        if (run.Text("--chart", "") is { Length: > 0 } chart)
            File.WriteAllText(chart, Chart(drawn));
        return 0;
    }

    /// <summary>The process that reads an epoch.</summary>
    public static int RunPart(string[] arguments)
    {
        Compute.Prepare(DeviceChoice.Cpu, new BenchmarkRun(arguments).Number("--threads", 2));
        var set = PackedFile.Open(arguments[0], verifies: false);
        var crop = new Augmentation { RandomResizedCrop = new(), Flip = true };
        var batches = Batches.ForTraining(
            ImageSubset.All(set.Train), Batch, Normalization.ImageNet, CPU, crop, 1, new InputOptions { Size = 64 });
        long peak = 0, mapped = 0, own = 0;
        var clock = Stopwatch.StartNew();
        for (int step = 0; step < batches.Steps; step++)
        {
            batches.Get(1, step).Dispose();
            var status = Status();
            (peak, mapped, own) = (Math.Max(peak, status["VmRSS"]), Math.Max(mapped, status["RssFile"]), Math.Max(own, status["RssAnon"]));
        }
        double seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new Measured(peak / 1e6, mapped / 1e6, own / 1e6, set.Train.Count / seconds)));
        return 0;
    }

    private static Measured Measure(string path, double gigabytes, BenchmarkRun run, PackedTarget target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Remove(path);
        int count = (int)(gigabytes * 1e9 / ImageBytes);
        var pixels = new MadeUpPixels(count * ImageBytes);
        var train = Set("made-up/train", pixels, count);
        PackedFile.Write(target, new DataSplits("made-up", train, Set("made-up/test", new MadeUpPixels(2 * ImageBytes), 2)));
        using var part = new OwnProcess(["large-data-part", path, "--threads", run.Text("--threads", "2")], []);
        var measured = JsonSerializer.Deserialize<Measured>(part.Request("", TimeSpan.FromHours(2))!)!;
        Remove(path);
        return measured;
    }

    private static ImageSet Set(string name, PixelMemory pixels, int count) => new(name, pixels,
        ImageLabels.OfOne([.. Enumerable.Range(0, count).Select(i => i % 2)]), ["a", "b"], Side, Side, 3, fingerprint: name);

    private static void Remove(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        File.Delete(path);
    }

    // The process's memory in bytes, by the system: all, mapped files, own.
    private static Dictionary<string, long> Status() => File.ReadLines("/proc/self/status").Where(line => line.EndsWith(" kB"))
        .ToDictionary(line => line.Split(':')[0], line =>
             1024 * long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2]));

    // The limit of this process's control group, in MB; null for none.
    private static long? Limit()
    {
        foreach (string line in File.ReadLines("/proc/self/cgroup"))
        {
            string[] parts = line.Split(':');
            string[] files = [$"/sys/fs/cgroup/memory{parts[^1]}/memory.limit_in_bytes", $"/sys/fs/cgroup{parts[^1]}/memory.max"];
            if (files.FirstOrDefault(File.Exists) is { } file && long.TryParse(File.ReadAllText(file), out long bytes) && bytes < 1L << 50)
                return bytes / 1_000_000;
        }
        return null;
    }

    private static string Chart(List<(double Gigabytes, Measured Shards, Measured? OneFile)> points)
    {
        using var plot = new ScottPlot.Plot();
        double[] sizes = [.. points.Select(point => point.Gigabytes)];
        var shards = plot.Add.Scatter(sizes, points.Select(point => point.Shards.PeakMegabytes / 1000).ToArray());
        var single = points.FindAll(point => point.OneFile is not null);
        var file = plot.Add.Scatter(single.Select(point => point.Gigabytes).ToArray(),
            single.Select(point => point.OneFile!.PeakMegabytes / 1000).ToArray());
        (shards.LegendText, file.LegendText) = ("in shards", "one file");
        plot.XLabel("pixels of the data set, GB");
        plot.YLabel("peak resident memory, GB");
        plot.Axes.SetLimitsY(0, 2.5);
        plot.ShowLegend();
        return plot.GetSvgXml(640, 400);
    }

    // Noise, other for each image, that takes no memory.
    private sealed class MadeUpPixels(long length) : PixelMemory
    {
        private static readonly byte[] Noise = Random();

        public override long Length => length;

        public override ReadOnlySpan<byte> Slice(long start, int length) => Noise.AsSpan((int)(start % 9973), length);

        private static byte[] Random()
        {
            var bytes = new byte[(1 << 24) + 10_000];
            new Random(1).NextBytes(bytes);
            return bytes;
        }
    }
}
