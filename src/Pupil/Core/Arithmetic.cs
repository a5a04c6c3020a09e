using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>
/// Arithmetic of the training step. TorchSharp makes a small native object of every number (a sum of two tensors has one too, the 1 that the
/// second is multiplied by), which lives until the garbage collector comes by: among the activations of a step such crumbs keep the C library
/// from joining free memory, and the process grows. Here they are gone at once.
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>tensor + other.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, One);

    /// <summary>tensor + number.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar);
    }

    /// <summary>Adds in place.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, One);

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
