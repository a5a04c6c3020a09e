using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation.Equations;

/// <summary>
/// Logit standardisation (Sun et al. 2024, arXiv 2403.01427), an option of logit methods. It standardises both networks' logits before
/// the softmax, so that the loss does not depend on the scale of the teacher's.
/// </summary>
public static class LogitStandardization
{
    private const double Epsilon = 1e-7;

    /// <summary>(z − mean_K z) / (σ_K(z) + 10⁻⁷) for each image, σ with n − 1 in the denominator, as in the authors' code. N×K.</summary>
    /// <param name="logits">z, N×K. Where all are equal, the result and its gradient are 0.</param>
    public static Tensor Standardize(Tensor logits)
    {
        var centred = logits - logits.mean([1], keepdim: true);
        using Scalar zero = 0, one = 1;
        var variance = centred.Squared().sum(1, keepdim: true).Over(logits.shape[1] - 1);
        // At 0 the square root has no finite gradient, and the gradient of a division by 10⁻⁷ is too large to train with.
        var constant = variance.eq(zero);
        return centred.masked_fill(constant, zero) / variance.masked_fill(constant, one).sqrt().Plus(Epsilon);
    }
}
