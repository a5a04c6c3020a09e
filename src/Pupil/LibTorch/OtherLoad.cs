using System.Diagnostics;
using System.Globalization;

namespace Pupil.LibTorch;

/// <summary>The load of the cores that this process may use: by other processes, and idle (Linux).</summary>
/// <param name="ownSeconds">Processor seconds of the processes that are not counted as others; by default those of this process.</param>
internal sealed class OtherLoad(Func<double>? ownSeconds = null)
{
    private const string Statistics = "/proc/stat", Status = "/proc/self/status", CoresKey = "Cpus_allowed_list:";
    private const double TicksPerSecond = 100; // USER_HZ, which is 100 on every platform of .NET

    private readonly Func<double> _ownSeconds = ownSeconds ?? (() => Environment.CpuUsage.TotalTime.TotalSeconds);
    private (double Busy, double Idle, double Own, long Time)? _before;

    /// <summary>Whether the kernel reports the load.</summary>
    public static bool IsKnown => File.Exists(Statistics) && File.Exists(Status);

    /// <summary>Numbers of cores, as means since the previous call; 0 for the first call.</summary>
    /// <returns>The cores used by own processes, the cores used by other processes, and the idle cores.</returns>
    public (double Own, double Others, double Idle) Measure()
    {
        var (busy, idle) = ReadSeconds();
        var now = (Busy: busy, Idle: idle, Own: _ownSeconds(), Time: Stopwatch.GetTimestamp());
        var last = _before;
        _before = now;
        if (last is not { } before)
            return (0, 0, 0);
        double seconds = Stopwatch.GetElapsedTime(before.Time, now.Time).TotalSeconds;
        double own = now.Own - before.Own;
        return (own / seconds, Math.Max(0, now.Busy - before.Busy - own) / seconds, (now.Idle - before.Idle) / seconds);
    }

    private static (double Busy, double Idle) ReadSeconds()
    {
        string allowed = File.ReadLines(Status).First(line => line.StartsWith(CoresKey, StringComparison.Ordinal));
        var cores = ParseCores(allowed[CoresKey.Length..]);
        var (busy, idle) = (0.0, 0.0);
        foreach (string line in File.ReadLines(Statistics).SkipWhile(line => line.StartsWith("cpu ", StringComparison.Ordinal))
            .TakeWhile(line => line.StartsWith("cpu", StringComparison.Ordinal)))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!cores.Contains(int.Parse(words[0].AsSpan(3), CultureInfo.InvariantCulture)))
                continue;
            // user, nice, system, idle, iowait, irq, softirq
            double[] ticks = [.. words[1..8].Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            busy += (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / TicksPerSecond;
            idle += (ticks[3] + ticks[4]) / TicksPerSecond;
        }
        return (busy, idle);
    }

    /// <summary>Parses a list of cores in the kernel's format, such as <c>0-3,8</c>.</summary>
    internal static HashSet<int> ParseCores(string list) => [.. list.Trim().Split(',').SelectMany(range =>
    {
        int[] ends = [.. range.Split('-').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    })];
}
