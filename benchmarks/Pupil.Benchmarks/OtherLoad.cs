using System.Diagnostics;
using System.Globalization;

namespace Pupil.Benchmarks;

/// <summary>How many cores were busy with something that is no part of a measurement (Linux; elsewhere it is not told).</summary>
internal sealed class OtherLoad
{
    private const string Statistics = "/proc/stat";
    private const double TicksASecond = 100;

    private readonly IReadOnlyList<OwnProcess> _own;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _before;

    /// <summary>Begins.</summary>
    /// <param name="own">The processes that are part of it, beside this one.</param>
    public OtherLoad(IReadOnlyList<OwnProcess> own) => (_own, _before) = (own, OthersSeconds(own));

    /// <summary>Cores since then; null: not known.</summary>
    public double? Cores => File.Exists(Statistics) ? Math.Max(0, OthersSeconds(_own) - _before) / _watch.Elapsed.TotalSeconds : null;

    private static double OthersSeconds(IReadOnlyList<OwnProcess> own)
    {
        if (!File.Exists(Statistics))
            return 0;
        // user, nice, system, idle, waiting for disks, interrupts twice, steal.
        double[] ticks = [.. File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        double busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
        return busy / TicksASecond - own.Sum(process => process.ProcessorSeconds) - Environment.CpuUsage.TotalTime.TotalSeconds;
    }
}
