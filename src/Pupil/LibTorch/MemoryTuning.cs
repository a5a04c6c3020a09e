using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>
/// Configures glibc's allocator to keep freed memory. By default each large tensor is a separate mapping, whose zeroed pages the kernel
/// provides anew at every step; these page faults are a considerable part of a training step. The environment variable
/// <c>PUPIL_MALLOC=default</c> leaves the allocator unchanged.
/// </summary>
internal static class MemoryTuning
{
    private const int TrimThreshold = -1, MostMappings = -4, MostArenas = -8;

    /// <summary>
    /// Configures the allocator; has no effect without glibc. It should run early: threads that exist already keep their heaps, and a heap
    /// other than the main one allocates no block above 64 MiB.
    /// </summary>
    public static unsafe void Apply()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("PUPIL_MALLOC") == "default") return;
        if (!NativeLibrary.TryLoad("libc.so.6", out var library)) return;
        if (!NativeLibrary.TryGetExport(library, "mallopt", out var address)) return;
        var set = (delegate* unmanaged<int, int, int>)address;
        _ = set(MostMappings, 0);               // large blocks come from the heap, so that the next step reuses them
        _ = set(TrimThreshold, int.MaxValue);   // the free end of the heap is kept
        _ = set(MostArenas, 1);                 // no further heaps, so that a block freed by one thread serves the next
    }
}
