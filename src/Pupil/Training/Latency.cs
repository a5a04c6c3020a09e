using System.Diagnostics;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>How long a network takes to answer, on the machine and with the threads of the run.</summary>
/// <param name="Batch">Images asked about at once.</param>
/// <param name="Median">Milliseconds, the median over the repetitions.</param>
/// <param name="Percentile95">Milliseconds, the 95th percentile.</param>
/// <param name="Repetitions">How often it was asked, after a few times that do not count.</param>
public sealed record Latency(int Batch, double Median, double Percentile95, int Repetitions)
{
    private const int WarmUps = 3;

    /// <summary>Asks a network about black images of its own size, again and again. It is in evaluation mode meanwhile, and then as it was.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="repetitions">How often.</param>
    public static Latency Of(Network network, int batch = 1, int repetitions = 30)
    {
        bool wasTraining = network.training;
        network.eval();
        try
        {
            using var inference = inference_mode();
            using var images = zeros(batch, network.Input.Height, network.Input.Width, network.Input.Channels, device: network.Stem.weight.device).permute(0, 3, 1, 2);
            double[] times = [.. Enumerable.Range(0, WarmUps + repetitions).Select(_ => Once(network, images)).Skip(WarmUps).Order()];
            return new(batch, times[times.Length / 2], times[(int)Math.Ceiling(0.95 * times.Length) - 1], repetitions);
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    private static double Once(Network network, Tensor images)
    {
        using var scope = NewDisposeScope();
        var watch = Stopwatch.StartNew();
        // Reading one number waits for a device that works by itself.
        network.call(images).Logits.sum().item<float>();
        return watch.Elapsed.TotalMilliseconds;
    }
}
