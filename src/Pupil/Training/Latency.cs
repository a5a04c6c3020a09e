using System.Diagnostics;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>How long a network takes to answer, on one machine and with some threads.</summary>
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
        using var evaluating = network.Evaluating();
        return Of(network.call, network.Input, network.Device, batch, repetitions);
    }

    /// <summary>Asks about black images, again and again.</summary>
    /// <param name="ask">Answers about N×C×H×W images.</param>
    /// <param name="input">The images.</param>
    /// <param name="device">Where they are.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="repetitions">How often.</param>
    public static Latency Of(Func<Tensor, NetworkOutput> ask, ImageShape input, Device device, int batch = 1, int repetitions = 30)
    {
        using var inference = inference_mode();
        using var images = zeros(batch, input.Height, input.Width, input.Channels, device: device).permute(0, 3, 1, 2);
        return Of(() => Ask(ask, images), batch, repetitions);
    }

    /// <summary>Does something again and again.</summary>
    /// <param name="ask">Asks about all images, and waits for the answer.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="repetitions">How often.</param>
    public static Latency Of(Action ask, int batch, int repetitions = 30)
    {
        double[] times = [.. Enumerable.Range(0, WarmUps + repetitions).Select(_ => Once(ask)).Skip(WarmUps).Order()];
        return new(batch, times[times.Length / 2], times[(int)Math.Ceiling(0.95 * times.Length) - 1], repetitions);
    }

    private static double Once(Action ask)
    {
        var watch = Stopwatch.StartNew();
        ask();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static void Ask(Func<Tensor, NetworkOutput> ask, Tensor images)
    {
        using var scope = NewDisposeScope();
        var answer = ask(images);
        // Reading one number waits for a device that works by itself.
        (answer.HasLogits ? answer.Logits : answer.HasEmbedding ? answer.Embedding : answer.Stages[^1].Map).sum().item<float>();
    }
}
