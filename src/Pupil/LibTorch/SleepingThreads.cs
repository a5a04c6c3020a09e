using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>
/// Idle threads of libgomp. While there are more threads than cores, libgomp's threads wait for each other asleep, after a loop of 100
/// rounds instead of 300,000 (its manual, GOMP_SPINCOUNT).
/// </summary>
internal sealed unsafe class SleepingThreads : IDisposable
{
    private readonly ManualResetEventSlim _end = new(), _begun = new();
    private readonly Thread _owner;

    private SleepingThreads(delegate* unmanaged<nint, nint, uint, uint, void> parallel, nint nothing, uint count, string name)
    {
        // libgomp keeps the threads of a team as long as the thread that started it.
        _owner = new Thread(() =>
        {
            parallel(nothing, 0, count, 0);
            _begun.Set();
            _end.Wait();
        }, maxStackSize: 256 * 1024)
        { IsBackground = true, Name = name };
        _owner.Start();
        _begun.Wait();
    }

    /// <summary>Starts the threads; null if this libtorch does not use libgomp.</summary>
    /// <param name="torch">The handle of a library that is linked with libgomp, directly or through another one.</param>
    /// <param name="name">The thread's name in the system's lists.</param>
    public static SleepingThreads? Begin(nint torch, string name = "Pupil: asleep")
    {
        if (!NativeLibrary.TryGetExport(torch, "GOMP_parallel", out nint parallel)
            || !NativeLibrary.TryGetExport(torch, "omp_get_num_procs", out nint cores)
            // free(NULL) has no effect, and no managed code should run on libgomp's threads.
            || !NativeLibrary.TryGetExport(torch, "free", out nint nothing))
            return null;
        uint count = (uint)((delegate* unmanaged<int>)cores)() + 1;
        return new SleepingThreads((delegate* unmanaged<nint, nint, uint, uint, void>)parallel, nothing, count, name);
    }

    /// <summary>Stops the threads.</summary>
    public void Dispose()
    {
        _end.Set();
        _owner.Join();
        _end.Dispose();
        _begun.Dispose();
    }
}
