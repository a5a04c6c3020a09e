using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// Training passes and evaluations of networks, by Pupil's kernels and by libtorch, in single precision and in bfloat16, alternately.
/// </summary>
internal static class KernelsBenchmark
{
    private const int Classes = 10, WarmUp = 2;

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 2));
        int rounds = run.Number("--rounds", 9), batch = run.Number("--batch", 128), side = run.Number("--side", 32);
        var rows = new List<object>();
        foreach (string name in run.Text("--networks", "wrn-10-1,wrn-16-1,wrn-40-1,wrn-16-4,resnet-20").Split(','))
        {
            using var scope = NewDisposeScope();
            using var network = (ConvolutionalNetwork)NetworkCatalogue.Build(
                new NetworkSpec { Architecture = name }, new ImageShape(3, side, side), Classes);
            var images = randn(batch, 3, side, side);
            foreach (bool training in new[] { true, false })
            {
                var (own, library, bfloat16) = (new List<double>(), new List<double>(), new List<double>());
                for (int round = -WarmUp; round < rounds; round++)
                {
                    foreach (var times in new[] { own, library, bfloat16 })
                    {
                        network.UsesModules = times != own;
                        using var reduced = times == bfloat16 ? ReducedPrecision.Use() : null;
                        double seconds = Time(network, images, training);
                        if (round >= 0)
                            times.Add(seconds);
                    }
                }
                double ratio = Ratio(library), bfloat16Ratio = Ratio(bfloat16);
                string work = training ? "forward and backward" : "evaluation";
                Console.WriteLine($"{name,-14} {work,-21} own {1e3 * BenchmarkRun.Median(own),8:0.0} ms  libtorch "
                    + $"{1e3 * BenchmarkRun.Median(library),8:0.0} ms  {ratio:0.00}×  its bfloat16 "
                    + $"{1e3 * BenchmarkRun.Median(bfloat16),8:0.0} ms  {bfloat16Ratio:0.00}×");
                rows.Add(new { network = name, work, own, library, bfloat16, medianRatio = ratio, bfloat16Ratio });

                double Ratio(List<double> others) => BenchmarkRun.Median(others.Zip(own, (theirs, ours) => theirs / ours));
            }
        }
        run.Record(new { benchmark = "kernels", environment = RunEnvironment.Now(device), batch, side, rounds, rows });
        return 0;
    }

    private static double Time(ConvolutionalNetwork network, Tensor images, bool training)
    {
        using var scope = NewDisposeScope();
        network.train(training);
        var watch = Stopwatch.StartNew();
        if (training)
        {
            network.call(images).Logits.sum().backward();
        }
        else
        {
            using var noGradient = no_grad();
            network.call(images);
        }
        double seconds = watch.Elapsed.TotalSeconds;
        foreach (var parameter in network.parameters())
            parameter.grad = null;
        return seconds;
    }
}
