using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>
/// Tensor arithmetic of the training step that frees its native scalars at once. TorchSharp allocates a native scalar object for every
/// number, also for the factor 1 in a sum of two tensors. Left to the garbage collector, these small objects lie between the activations
/// of a step. There they keep the C library from merging free memory, and the process grows. The collector may even free a number before
/// libtorch has read it.
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar One = 1.ToScalar(), Two = 2.ToScalar();

    /// <summary>Returns tensor + other, element by element, with broadcasting.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other) => tensor.add(other, One);

    /// <summary>Returns tensor + number, element by element.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        using var scalar = number.ToScalar();
        return tensor.add(scalar, One);
    }

    /// <summary>Adds <paramref name="other"/> to <paramref name="tensor"/> in place and returns the tensor.</summary>
    public static Tensor PlusInPlace(this Tensor tensor, Tensor other) => tensor.add_(other, One);

    /// <summary>Returns tensor · factor, element by element.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using var scalar = factor.ToScalar();
        return tensor.mul(scalar);
    }

    /// <summary>Returns tensor / divisor, element by element.</summary>
    public static Tensor Over(this Tensor tensor, double divisor)
    {
        using var scalar = divisor.ToScalar();
        return tensor.div(scalar);
    }

    /// <summary>Raises every element to the power 2.</summary>
    public static Tensor Squared(this Tensor tensor) => tensor.pow(Two);

    /// <summary>Raises every element to the power <paramref name="exponent"/>.</summary>
    public static Tensor ToThe(this Tensor tensor, double exponent)
    {
        using var scalar = exponent.ToScalar();
        return tensor.pow(scalar);
    }
}
