using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Distillation.Equations;

/// <summary>Vectors of L2 norm 1.</summary>
internal static class UnitVectors
{
    private const double Least = 1e-12;

    /// <summary>
    /// Divides every row by its L2 norm, N×D. Rows shorter than 10⁻¹² become zero and get no gradient. Torch's own <c>normalize</c>
    /// multiplies their gradient by 10¹², and one such step ruins a network.
    /// </summary>
    /// <param name="rows">N×D.</param>
    public static Tensor FromRows(Tensor rows)
    {
        using TorchSharp.Scalar least = Least * Least, zero = 0, one = 1;
        var squares = rows.Squared().sum(1, keepdim: true);
        var empty = squares.lt(least);
        return rows.masked_fill(empty, zero) / squares.masked_fill(empty, one).sqrt();
    }
}
