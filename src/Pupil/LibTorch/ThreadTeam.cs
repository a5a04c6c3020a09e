using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Pupil.LibTorch;

/// <summary>Work that consists of independent items.</summary>
internal interface IParallelWork
{
    /// <summary>Does an item.</summary>
    /// <param name="item">0, 1, 2 …</param>
    /// <param name="thread">The thread's number, from 0; no two threads have one at a time.</param>
    void Do(int item, int thread);
}

/// <summary>
/// Runs work on libtorch's own threads, so that its threads and Pupil's do not wait for one core. Without libgomp they are those of .NET.
/// </summary>
internal static unsafe class ThreadTeam
{
    private static readonly delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> Parallelize = Find();

    [ThreadStatic]
    private static Call? _call;

    /// <summary>The number of threads, as set by libtorch.</summary>
    public static int Size => torch.get_num_threads();

    /// <summary>Does all items, each once, in any order, and returns when they are done.</summary>
    /// <param name="items">The number of items.</param>
    /// <param name="work">The work.</param>
    /// <param name="most">The largest number of threads.</param>
    public static void Run(int items, IParallelWork work, int most)
    {
        int threads = Math.Min(Math.Min(Size, most), items);
        var call = _call is { IsIdle: true } own ? own : _call = new Call();
        call.Begin(items, work);
        try
        {
            if (threads <= 1)
                call.Work();
            else if (Parallelize != null)
                Parallelize(&Join, (nint)call.Handle, (uint)threads, 0);
            else
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => call.Work());
        }
        finally
        {
            call.End();
        }
    }

    [UnmanagedCallersOnly]
    private static void Join(nint call) => ((Call)GCHandle.FromIntPtr(call).Target!).Work();

    private static delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibraries.Bindings, "GOMP_parallel", out nint address)
            ? (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)address : null;

    // One Run at a time.
    private sealed class Call
    {
        private IParallelWork? _work;
        private ExceptionDispatchInfo? _error;
        private int _items, _next, _threads;

        public Call() => Handle = GCHandle.ToIntPtr(GCHandle.Alloc(this));

        /// <summary>The object as a number; it lives as long as the process, as do the few threads that train.</summary>
        public nint Handle { get; }

        public bool IsIdle => _work is null;

        public void Begin(int items, IParallelWork work) => (_items, _work, _next, _threads, _error) = (items, work, 0, 0, null);

        // No exception may pass through native code.
        public void Work()
        {
            int thread = Interlocked.Increment(ref _threads) - 1;
            try
            {
                for (int item; (item = Interlocked.Increment(ref _next) - 1) < _items;)
                    _work!.Do(item, thread);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(error), null);
            }
        }

        public void End()
        {
            _work = null;
            _error?.Throw();
        }
    }
}
