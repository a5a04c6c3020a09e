using Pupil.LibTorch;
using Pupil.Networks.Kernels;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>Where networks are asked to run.</summary>
public enum DeviceChoice
{
    /// <summary>On a GPU if libtorch sees one, else on the processor.</summary>
    Auto,

    /// <summary>On the processor.</summary>
    Cpu,

    /// <summary>On a CUDA GPU; an error if there is none.</summary>
    Cuda,
}

/// <summary>Readies libtorch: loads it, sets its threads, finds the device.</summary>
public static class Compute
{
    /// <summary>Readies libtorch.</summary>
    /// <param name="choice">Where to run.</param>
    /// <param name="threads">Threads to compute with; null: as many as libtorch chooses, one a core.</param>
    /// <param name="tell">Hears, once, of convolutions that libtorch gets wrong on this machine and that are computed another way; null: nobody.</param>
    /// <exception cref="UserErrorException">libtorch cannot be loaded, or there is no such device.</exception>
    public static torch.Device Prepare(DeviceChoice choice, int? threads = null, Action<string>? tell = null)
    {
        NativeLibraries.Load();
        ConvolutionCheck.Tell = tell;
        if (threads is int count)
            torch.set_num_threads(count);
        bool found = choice != DeviceChoice.Cpu && torch.cuda.is_available();
        if (choice == DeviceChoice.Cuda && !found)
        {
            throw new UserErrorException("--device cuda: libtorch sees no CUDA GPU; expected an NVIDIA GPU with its driver, and a build with "
                + "-p:PupilCuda=true (for example 'dotnet run -c Release -p:PupilCuda=true --project src/Pupil.Cli -- …'); or use --device cpu.");
        }
        return found ? torch.CUDA : torch.CPU;
    }
}
