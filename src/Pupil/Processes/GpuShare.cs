using System.Globalization;
using System.Runtime.InteropServices;
using Pupil.Inference;

namespace Pupil.Processes;

/// <summary>Gives each process of a machine a GPU of its own, as far as there are some.</summary>
internal static class GpuShare
{
    /// <summary>The variable that CUDA reads at its start.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    private const int IdentityBytes = 16;
    private const string LinuxFolder = "/proc/driver/nvidia/gpus";

    /// <summary>Shows this process one GPU. To be called by all processes, before CUDA starts.</summary>
    /// <param name="group">The processes.</param>
    public static void Take(IProcessGroup group)
    {
        if (group.Size == 1)
            return;
        string[] machines = group.GatherTexts(Environment.MachineName);
        int place = machines.Take(group.Rank).Count(machine => machine == Environment.MachineName);
        int installed = Directory.Exists(LinuxFolder) ? Directory.GetDirectories(LinuxFolder).Length : 0;
        if (Of(place, Environment.GetEnvironmentVariable(Variable), installed) is { } gpu)
            NativeEnvironment.Set(Variable, gpu);
    }

    /// <summary>The number that no other GPU has, of the first GPU that CUDA shows; null: it cannot be found.</summary>
    public static unsafe string? Identity()
    {
        // The driver's library, which libtorch has started.
        if (!NativeLibrary.TryLoad("libcuda.so.1", out nint driver)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGet", out nint get)
            || !NativeLibrary.TryGetExport(driver, "cuDeviceGetUuid", out nint getIdentity))
            return null;
        int device;
        byte* identity = stackalloc byte[IdentityBytes];
        return ((delegate* unmanaged<int*, int, int>)get)(&device, 0) == 0
            && ((delegate* unmanaged<byte*, int, int>)getIdentity)(identity, device) == 0
            ? Convert.ToHexStringLower(new ReadOnlySpan<byte>(identity, IdentityBytes)) : null;
    }

    /// <summary>Returns the GPU of a process; null: no choice.</summary>
    /// <param name="place">The number of the process on its machine.</param>
    /// <param name="visible">What <see cref="Variable"/> has: GPUs, separated by commas; null: all are visible.</param>
    /// <param name="installed">The number of GPUs in the machine.</param>
    public static string? Of(int place, string? visible, int installed)
    {
        string[] gpus = visible?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            ?? [.. Enumerable.Range(0, installed).Select(gpu => gpu.ToString(CultureInfo.InvariantCulture))];
        return gpus.Length == 0 ? null : gpus[place % gpus.Length];
    }
}
