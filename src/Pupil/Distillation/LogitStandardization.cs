using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// Logit standardisation (Sun et al. 2024, arXiv 2403.01427): what logit methods may do with both networks' logits before the softmax, so that
/// the student need not copy how large the teacher's are.
/// </summary>
public static class LogitStandardization
{
    private const double Epsilon = 1e-7;

    /// <summary>(z − mean_K z) / (σ_K(z) + 10⁻⁷) for each image, σ with n − 1 in the denominator, as in the authors' code. N×K.</summary>
    /// <param name="logits">z, N×K. Where all are equal, the result and its gradient are 0.</param>
    public static Tensor Of(Tensor logits)
    {
        var centred = logits - logits.mean([1], keepdim: true);
        // The square root has no gradient at 0: there the deviation counts as a constant.
        var variance = centred.square().sum(1, keepdim: true).Over(logits.shape[1] - 1);
        var constant = variance == 0;
        using var one = 1.ToScalar();
        using var zero = 0.ToScalar();
        var deviation = variance.masked_fill(constant, one).sqrt().masked_fill(constant, zero);
        using var epsilon = Epsilon.ToScalar();
        return centred / deviation.add(epsilon);
    }
}
