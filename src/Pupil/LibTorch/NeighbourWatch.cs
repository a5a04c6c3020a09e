namespace Pupil.LibTorch;

/// <summary>
/// Keeps training fast beside other computing programs. libgomp's threads wait for each other in a loop of some milliseconds, which is
/// fastest on cores without other load. If another process uses the cores, the loop takes time from the thread that is waited for.
/// Meanwhile the threads wait asleep. A <c>GOMP_SPINCOUNT</c> or <c>OMP_WAIT_POLICY</c> of the user takes precedence.
/// </summary>
internal static class NeighbourWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    /// <summary>Starts the watch, which lasts as long as the process; has no effect without libgomp.</summary>
    /// <param name="torch">The handle of a library that is linked with libgomp, directly or through another one.</param>
    public static void Start(nint torch)
    {
        if (!OperatingSystem.IsLinux() || !OtherLoad.IsKnown || IsSet("GOMP_SPINCOUNT") || IsSet("OMP_WAIT_POLICY"))
            return;
        new Thread(() => Watch(torch)) { IsBackground = true, Name = "Pupil: other load" }.Start();

        static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is not null;
    }

    private static void Watch(nint torch)
    {
        var (load, crowd) = (new OtherLoad(), new Crowd());
        SleepingThreads? asleep = null;
        while (true)
        {
            bool isCrowded;
            try
            {
                var (own, others, idle) = load.Measure();
                isCrowded = crowd.Update(own, others, idle);
            }
            catch (Exception error)
                when (error is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
            {
                return; // a kernel that reports the load in another form
            }
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
            Thread.Sleep(Interval);
        }
    }

    /// <summary>Decides whether other processes need the cores, with hysteresis.</summary>
    internal sealed class Crowd
    {
        /// <summary>The cores of other processes from which, and the idle cores up to which, the cores are crowded.</summary>
        public const double Crowded = 0.3, FewIdle = 0.5;

        /// <summary>The cores of other processes below which, and the idle cores above which, the cores are free again.</summary>
        public const double Free = 0.15, ManyIdle = 1.5;

        /// <summary>The own cores below which nothing is decided, because others may use the cores meanwhile.</summary>
        public const double Working = 0.3;

        /// <summary>The number of consecutive measurements that must be free.</summary>
        public const int Patience = 4;

        private bool _isCrowded;
        private int _free;

        /// <summary>Adds the latest measurement.</summary>
        /// <param name="own">Cores that this process uses.</param>
        /// <param name="others">Cores that other processes use.</param>
        /// <param name="idle">Idle cores.</param>
        /// <returns>Whether the cores are crowded.</returns>
        public bool Update(double own, double others, double idle)
        {
            if (own < Working)
                return _isCrowded;
            _free = others < Free || idle > ManyIdle ? _free + 1 : 0;
            return _isCrowded = others >= Crowded && idle <= FewIdle || _isCrowded && _free < Patience;
        }
    }
}
