using System.Globalization;
using Pupil.Inference;

namespace Pupil.Processes;

/// <summary>Gives each process of a machine a GPU of its own, as far as there are some.</summary>
internal static class GpuShare
{
    /// <summary>The variable that CUDA reads at its start.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    private const string LinuxFolder = "/proc/driver/nvidia/gpus";

    /// <summary>Shows this process one GPU. To be called by all processes, before CUDA starts.</summary>
    /// <param name="group">The processes.</param>
    /// <returns>The GPU as the variable names it; null: no choice.</returns>
    public static string? Take(IProcessGroup group)
    {
        if (group.Size == 1)
            return null;
        string[] machines = group.GatherTexts(Environment.MachineName);
        int place = machines.Take(group.Rank).Count(machine => machine == Environment.MachineName);
        int installed = Directory.Exists(LinuxFolder) ? Directory.GetDirectories(LinuxFolder).Length : 0;
        string? gpu = Of(place, Environment.GetEnvironmentVariable(Variable), installed);
        if (gpu is not null)
            NativeEnvironment.Set(Variable, gpu);
        return gpu;
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
