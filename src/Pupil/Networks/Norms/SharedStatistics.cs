using Pupil.Processes;

namespace Pupil.Networks.Norms;

/// <summary>Whether the batch-norms of this thread use statistics of the whole batch, whose images several processes compute.</summary>
internal static class SharedStatistics
{
    [ThreadStatic]
    private static IProcessGroup? _group;

    /// <summary>The processes; null: the statistics are those of the images that this process computes.</summary>
    public static IProcessGroup? Group => _group;

    /// <summary>Uses statistics over processes until disposed.</summary>
    public static IDisposable Use(IProcessGroup group)
    {
        _group = group;
        return new End();
    }

    private sealed class End : IDisposable
    {
        public void Dispose() => _group = null;
    }
}

/// <summary>The moments of each channel over the values of all processes.</summary>
/// <param name="Count">The number of values of a channel.</param>
/// <param name="Means">C means.</param>
/// <param name="Squares">C sums of squared distances from the means.</param>
internal sealed record ChannelMoments(double Count, double[] Means, double[] Squares)
{
    /// <summary>Combines the moments of all processes.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="count">The number of values of a channel in this process.</param>
    /// <param name="means">Their C means.</param>
    /// <param name="squares">Their C sums of squared distances from these means.</param>
    public static ChannelMoments OverProcesses(IProcessGroup group, double count, ReadOnlySpan<double> means, ReadOnlySpan<double> squares)
    {
        int channels = means.Length;
        double[] sums = new double[1 + 2 * channels];
        sums[0] = count;
        for (int channel = 0; channel < channels; channel++)
        {
            sums[1 + channel] = count * means[channel];
            sums[1 + channels + channel] = squares[channel] + count * means[channel] * means[channel];
        }
        group.Sum(sums);
        double all = sums[0];
        double[] mean = [.. sums.Skip(1).Take(channels).Select(sum => sum / all)];
        // In double precision, the difference keeps more digits than the values have.
        return new(all, mean, [.. mean.Select((value, channel) => Math.Max(0, sums[1 + channels + channel] - all * value * value))]);
    }
}
