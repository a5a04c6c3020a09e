using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// Computes the convolutions and linear layers of networks in bfloat16, and what lies between them in the precision of its input. Weights,
/// statistics of batch-norms, sums and gradients of weights stay in single precision. It holds for one thread.
/// </summary>
internal static class ReducedPrecision
{
    [ThreadStatic]
    private static int _uses;

    [ThreadStatic]
    private static bool _sparesOwnKernels;

    /// <summary>Whether this thread's networks are computed in it.</summary>
    public static bool IsOn => _uses > 0;

    /// <summary>Whether networks that Pupil's kernels can compute are computed by them, in single precision.</summary>
    public static bool SparesOwnKernels => !IsOn || _sparesOwnKernels;

    /// <summary>Computes this thread's networks in it, until disposed.</summary>
    /// <param name="sparesOwnKernels">See <see cref="SparesOwnKernels"/>.</param>
    public static IDisposable Use(bool sparesOwnKernels = false)
    {
        _uses++;
        _sparesOwnKernels = sparesOwnKernels;
        return new End();
    }

    /// <summary>Converts a tensor of single precision for a product, with gradient, while this is on; any other is the same.</summary>
    public static Tensor Reduced(this Tensor tensor) =>
        IsOn && tensor.dtype == ScalarType.Float32 ? tensor.to(ScalarType.BFloat16) : tensor;

    /// <summary>Converts a tensor of bfloat16 to single precision, with gradient; any other is the same.</summary>
    public static Tensor Single(this Tensor tensor) =>
        tensor.dtype == ScalarType.BFloat16 ? tensor.to(ScalarType.Float32) : tensor;

    /// <summary>Computes a linear layer.</summary>
    public static Tensor Transform(this Linear layer, Tensor input) => IsOn
        ? nn.functional.linear(input.Reduced(), layer.weight!.Reduced(), layer.bias?.Reduced())
        : layer.call(input);

    private sealed class End : IDisposable
    {
        public void Dispose() => _uses--;
    }
}
