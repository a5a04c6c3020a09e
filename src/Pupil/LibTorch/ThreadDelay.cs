using System.Diagnostics;
using System.Globalization;

namespace Pupil.LibTorch;

/// <summary>How long this process's threads have waited for a core that something else had (Linux).</summary>
internal sealed class ThreadDelay
{
    private Dictionary<string, long> _before = [];
    private long _at;

    /// <summary>Whether this kernel tells.</summary>
    public static bool IsKnown => File.Exists("/proc/self/schedstat");

    /// <summary>How many threads waited for a core since the last call, in the mean.</summary>
    public double Waiting()
    {
        var now = new Dictionary<string, long>(_before.Count);
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                // Nanoseconds on a core, nanoseconds of waiting for one, time slices.
                now[task] = long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The thread has ended.
            }
        }
        long at = Stopwatch.GetTimestamp();
        double waited = now.Sum(entry => _before.TryGetValue(entry.Key, out long before) ? entry.Value - before : 0) / 1e9;
        double seconds = _at == 0 ? double.PositiveInfinity : Stopwatch.GetElapsedTime(_at, at).TotalSeconds;
        (_before, _at) = (now, at);
        return waited / seconds;
    }
}
