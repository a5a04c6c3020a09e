using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Pupil.LibTorch;

/// <summary>Whether a device computes in bfloat16.</summary>
internal static class Bfloat16
{
    /// <summary>Whether this processor has instructions for products of bfloat16: AVX512-BF16 or AMX.</summary>
    public static bool IsInProcessor { get; } = X86Base.IsSupported && Avx512F.IsSupported && HasInstructions;

    /// <summary>Whether it has AMX, whose matrix products are far faster than those of single precision.</summary>
    public static bool HasMatrixUnit { get; } = IsInProcessor && HasAmx;

    /// <summary>Whether a device has such instructions; of a GPU, it is assumed.</summary>
    public static bool IsIn(torch.Device device) => device.type == DeviceType.CUDA || IsInProcessor;

    private static bool HasInstructions => HasAmx || (LeafSeven(1).Eax & 1 << 5) != 0;

    private static bool HasAmx => (LeafSeven(0).Edx & 1 << 22) != 0;

    private static (int Eax, int Ebx, int Ecx, int Edx) LeafSeven(int part) =>
        X86Base.CpuId(0, 0).Eax >= 7 && (part == 0 || X86Base.CpuId(7, 0).Eax >= part) ? X86Base.CpuId(7, part) : default;
}
