using System.Diagnostics;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>The time that a network takes for a batch, on one machine with a number of threads.</summary>
/// <param name="Batch">Images in a batch.</param>
/// <param name="Median">Milliseconds, the median over the repetitions.</param>
/// <param name="Percentile95">Milliseconds, the 95th percentile.</param>
/// <param name="Repetitions">The number of timed passes, after a few untimed ones.</param>
public sealed record Latency(int Batch, double Median, double Percentile95, int Repetitions)
{
    private const int WarmUps = 3;

    /// <summary>Measures a network on black images of its input shape, in evaluation mode; its previous mode is then restored.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="repetitions">The number of timed passes.</param>
    internal static Latency Measure(Network network, int batch = 1, int repetitions = 30)
    {
        using var evaluating = network.Evaluating();
        return Measure(network.call, network.Input, network.Device, batch, repetitions);
    }

    /// <summary>Measures a function from images to outputs on black images.</summary>
    /// <param name="forward">Computes the outputs for N×C×H×W images.</param>
    /// <param name="input">The shape of the images.</param>
    /// <param name="device">The device of the images.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="repetitions">The number of timed passes.</param>
    internal static Latency Measure(
        Func<Tensor, NetworkOutput> forward, ImageShape input, Device device, int batch = 1, int repetitions = 30)
    {
        using var inference = inference_mode();
        using var images = zeros(batch, input.Height, input.Width, input.Channels, device: device).permute(0, 3, 1, 2);
        return Measure(() => Complete(forward, images), batch, repetitions);
    }

    /// <summary>Measures an action.</summary>
    /// <param name="pass">Computes the outputs of a batch, and waits for them.</param>
    /// <param name="batch">Images in a batch.</param>
    /// <param name="repetitions">The number of timed passes.</param>
    internal static Latency Measure(Action pass, int batch, int repetitions = 30)
    {
        double[] times = [.. Enumerable.Range(0, WarmUps + repetitions).Select(_ => Once(pass)).Skip(WarmUps).Order()];
        return new(batch, times[times.Length / 2], times[(int)Math.Ceiling(0.95 * times.Length) - 1], repetitions);
    }

    private static double Once(Action pass)
    {
        var watch = Stopwatch.StartNew();
        pass();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static void Complete(Func<Tensor, NetworkOutput> forward, Tensor images)
    {
        using var scope = NewDisposeScope();
        var output = forward(images);
        // Reading one number waits for an asynchronous device.
        (output.HasLogits ? output.Logits : output.HasEmbedding ? output.Embedding : output.Stages[^1].Map).sum().item<float>();
    }
}
