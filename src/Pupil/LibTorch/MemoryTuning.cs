using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>
/// Tells glibc's allocator to keep what it got. By default each big tensor is a mapping of its own: the kernel hands out
/// zeroed pages at every step and takes them back, and these page faults are a good part of a training step.
/// <c>PUPIL_MALLOC=default</c> in the environment leaves the allocator as it is.
/// </summary>
internal static class MemoryTuning
{
    private const int TrimThreshold = -1, MostMappings = -4, MostArenas = -8;

    /// <summary>
    /// Sets the allocator; does nothing where there is no glibc. The sooner the better: threads that the runtime has already
    /// started keep the heaps they have, and a heap that is not the main one takes no block above 64 MiB.
    /// </summary>
    public static unsafe void Apply()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("PUPIL_MALLOC") == "default") return;
        if (!NativeLibrary.TryLoad("libc.so.6", out var library)) return;
        if (!NativeLibrary.TryGetExport(library, "mallopt", out var address)) return;
        var set = (delegate* unmanaged<int, int, int>)address;
        _ = set(MostMappings, 0);               // big blocks come from the heap, where the next step finds them again
        _ = set(TrimThreshold, int.MaxValue);   // and the heap's end stays when it is free
        _ = set(MostArenas, 1);                 // no more heaps, so that a block freed by one thread serves the next
    }
}
