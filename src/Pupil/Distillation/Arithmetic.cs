using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// Tensor by number. Written as an operator, TorchSharp makes a small native object of the number, which lives until the garbage collector
/// comes by: among the activations of a training step such crumbs keep the C library from joining free memory, and the process grows.
/// </summary>
internal static class Arithmetic
{
    /// <summary>tensor · factor.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>tensor / divisor.</summary>
    public static Tensor Over(this Tensor tensor, double divisor)
    {
        using var scalar = divisor.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>Every element to a power.</summary>
    public static Tensor ToThe(this Tensor tensor, double exponent)
    {
        using var scalar = exponent.ToScalar();
        return tensor.pow(scalar);
    }
}
