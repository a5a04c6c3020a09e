using System.Runtime.InteropServices;
using Pupil.LibTorch;
using Pupil.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>The memory of tensors.</summary>
internal static unsafe class TensorMemory
{
    private static readonly delegate* unmanaged<nint, nint> Data =
        (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(NativeLibraries.Bindings, "THSTensor_data");

    /// <summary>The numbers of a contiguous tensor of float32 or float64, on the processor or a GPU.</summary>
    public static NumberMemory Numbers(this Tensor tensor) => new(
        Data(tensor.Handle), tensor.numel(), tensor.dtype == ScalarType.Float64, tensor.device_type != DeviceType.CPU);
}
