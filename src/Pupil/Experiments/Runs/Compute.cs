using Pupil.LibTorch;
using Pupil.Networks.Kernels;
using Pupil.Processes;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>The cause of an error: a CUDA GPU was required, and none is found.</summary>
internal sealed record NoCudaDevice : UserErrorCause;

/// <summary>The choice of a device to compute on.</summary>
public enum DeviceChoice
{
    /// <summary>A GPU if libtorch finds one, else the processor.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>A CUDA GPU; an error if there is none.</summary>
    Cuda,
}

/// <summary>Prepares libtorch: loads it, sets its threads, finds the device.</summary>
public static class Compute
{
    /// <summary>Prepares libtorch, and returns the device.</summary>
    /// <param name="choice">The device to compute on.</param>
    /// <param name="threads">The number of threads; null for libtorch's own choice, one per core.</param>
    /// <param name="tell">Receives one notice of convolutions that libtorch computes wrongly on this machine; null for none.</param>
    /// <exception cref="UserErrorException">libtorch cannot be loaded, or there is no such device.</exception>
    public static torch.Device Prepare(DeviceChoice choice, int? threads = null, Action<string>? tell = null)
    {
        if (choice != DeviceChoice.Cpu)
            GpuShare.Take(ProcessGroups.Current);
        NativeLibraries.Load();
        ConvolutionCheck.Tell = tell;
        if (threads is int count)
            torch.set_num_threads(count);
        bool found = choice != DeviceChoice.Cpu && torch.cuda.is_available();
        if (choice == DeviceChoice.Cuda && !found)
        {
            throw new UserErrorException("device cuda: libtorch finds no CUDA GPU; expected an NVIDIA GPU with its driver, "
                + "and libtorch for CUDA.")
            {
                Cause = new NoCudaDevice(),
            };
        }
        ProcessGroups.Current.RequireEqual(found ? "a CUDA GPU" : "no CUDA GPU", (rank, own, first) =>
            $"device: process {rank} uses {own}, but process 0 uses {first}; expected the same in all processes: choose machines that are "
            + "alike, or give --device cpu.");
        if (found)
            ProcessGroups.Join(NcclGroup.Over(ProcessGroups.Current, GpuShare.Identity(), NcclLibrary.Load));
        return found ? torch.CUDA : torch.CPU;
    }
}
