namespace Pupil.LibTorch;

/// <summary>
/// Keeps training fast beside other programs that compute. Threads of libgomp wait for each other in a loop that burns milliseconds. On a machine of their
/// own that is the fastest way. Where another program has one of the cores, the loop takes the time that the thread needs which is waited for.
/// So they wait asleep for as long as the process's threads have to wait for cores. A user's own setting (GOMP_SPINCOUNT, OMP_WAIT_POLICY) is left alone.
/// </summary>
internal static class NeighbourWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    /// <summary>Begins to watch, for as long as the process lives; does nothing where there is no libgomp.</summary>
    /// <param name="torch">The handle of a library that is linked with libgomp, or with one that is.</param>
    public static void Start(nint torch)
    {
        if (!OperatingSystem.IsLinux() || !ThreadDelay.IsKnown || IsSet("GOMP_SPINCOUNT") || IsSet("OMP_WAIT_POLICY"))
            return;
        new Thread(() => Watch(torch)) { IsBackground = true, Name = "Pupil: other programs" }.Start();

        static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is not null;
    }

    private static void Watch(nint torch)
    {
        var (delay, crowd) = (new ThreadDelay(), new Crowd());
        SleepingThreads? asleep = null;
        while (true)
        {
            Thread.Sleep(Interval);
            bool isCrowded = crowd.Is(delay.Waiting());
            if (isCrowded && asleep is null)
            {
                asleep = SleepingThreads.Begin(torch);
                if (asleep is null)
                    return;
            }
            else if (!isCrowded && asleep is not null)
            {
                asleep.Dispose();
                asleep = null;
            }
        }
    }

    /// <summary>Tells a machine that others compute on from one where threads only meet now and then.</summary>
    internal sealed class Crowd
    {
        /// <summary>Threads that wait for a core, in the mean: from the first on it is crowded, under the second it may be free.</summary>
        public const double Crowded = 0.3, Free = 0.15;

        /// <summary>How often in a row it must look free, so that it does not change all the time.</summary>
        public const int Patience = 8;

        private bool _is;
        private int _free;

        /// <summary>Whether it is, by what was measured last.</summary>
        public bool Is(double waiting)
        {
            _free = waiting < Free ? _free + 1 : 0;
            return _is = waiting >= Crowded || _is && _free < Patience;
        }
    }
}
