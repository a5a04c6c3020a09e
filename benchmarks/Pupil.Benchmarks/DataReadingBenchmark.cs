using System.Diagnostics;
using Pupil.Images;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Synthetic;
using Pupil.LibTorch;
using SkiaSharp;

namespace Pupil.Benchmarks;

/// <summary>
/// The time to read data: all of CIFAR-10, as files and as its archive; a folder of JPEGs the first time (decoded on all cores) and again
/// (mapped). The benchmark makes the JPEGs, and removes them.
/// </summary>
internal static class DataReadingBenchmark
{
    private const int Side = 64, JpegQuality = 90;

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        int pictures = run.Number("--pictures", 100000);
        int repeats = run.Number("--repeats", 5);
        NativeLibraries.Load();
        var folder = Directory.CreateTempSubdirectory("pupil-benchmark-");
        try
        {
            var cifar = run.Text("--cifar10", "") is { Length: > 0 } path ? Cifar(path, repeats) : [];
            string root = Path.Combine(folder.FullName, "pictures");
            double megabytes = Draw(root, pictures) / 1e6;
            var setting = new LoadContext { CacheFolder = Path.Combine(folder.FullName, "cache") };
            var source = new FolderSource { Path = root, Size = Side };
            double first = Seconds(() => source.Load(setting));
            double again = Median(repeats, () => source.Load(setting));
            foreach (string file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
            double touched = Seconds(() => source.Load(setting));
            var result = new
            {
                benchmark = "data-reading",
                environment = Experiments.Runs.RunEnvironment.Now(TorchSharp.torch.CPU),
                cifar10 = cifar,
                folder = new
                {
                    work = $"{pictures:N0} JPEGs of {Side}x{Side} in 10 folders ({megabytes:N0} MB), "
                        + "all just written: in the system's cache",
                    firstSeconds = first,
                    picturesPerSecond = pictures / first,
                    againSeconds = again,
                    touchedSeconds = touched,
                },
            };
            run.Record(result);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static object[] Cifar(string path, int repeats) =>
        [
            .. path.Split(',').Select(place => new
            {
                place = Path.GetFileName(place),
                medianSeconds = Median(repeats, () => new Cifar10Source { Path = place }.Load()),
            }),
        ];

    private static long Draw(string root, int count)
    {
        var splits = new ShapesOptions { Size = Side, Train = Math.Min(count, 2000), Test = 1 }.Load();
        byte[][] files = [.. Enumerable.Range(0, splits.Train.Count).Select(i => Encode(splits.Train.Image(i)))];
        foreach (string name in splits.Train.Classes)
            Directory.CreateDirectory(Path.Combine(root, name));
        long bytes = 0;
        for (int i = 0; i < count; i++)
        {
            // Bytes after the end of a JPEG are ignored, but make every file different.
            byte[] file = [.. files[i % files.Length], .. BitConverter.GetBytes(i)];
            File.WriteAllBytes(Path.Combine(root, splits.Train.Classes[splits.Train.Labels[i % files.Length]], $"{i}.jpg"), file);
            bytes += file.Length;
        }
        return bytes;
    }

    private static byte[] Encode(ReadOnlySpan<byte> pixels)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (int i = 0; i < Side * Side; i++)
        {
            pixels.Slice(3 * i, 3).CopyTo(target[(4 * i)..]);
            target[4 * i + 3] = 255;
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, JpegQuality);
        return data.ToArray();
    }

    private static double Seconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static double Median(int repeats, Action action) =>
        BenchmarkRun.Median(Enumerable.Range(0, repeats).Select(_ => Seconds(action)));
}
