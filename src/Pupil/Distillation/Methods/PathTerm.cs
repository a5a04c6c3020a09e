using Pupil.Core;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>The quantity that is compared between a student and the teacher that is trained beside it.</summary>
public enum PathForm
{
    /// <summary>Squared distance of the logits, as in Rocket Launching and collaborative teaching.</summary>
    Logits,

    /// <summary>Squared distance of the softmax's probabilities.</summary>
    Probabilities,

    /// <summary>KL(softmax(z_teacher) ‖ softmax(z_student)), in nats.</summary>
    Divergence,
}

/// <summary>
/// The path term: the distance of a student's outputs from those of the teacher that is trained beside it (Zhou et al. 2018; Zhao et al.
/// 2019).
/// </summary>
public static class PathTerm
{
    /// <summary>
    /// Returns why a form cannot compare outputs for images with several labels each; null if it can, as the distance of logits can.
    /// </summary>
    /// <param name="form">The quantity that is compared.</param>
    /// <param name="option">The option that chooses it.</param>
    internal static string? RefusesLabelSets(PathForm form, string option) =>
        form == PathForm.Logits ? null : $"compares a softmax over classes that exclude one another ({option}; 'logits' has none)";

    /// <summary>
    /// Σ over images and classes of (z_student − z_teacher)², or of another <see cref="PathForm"/>, divided by <paramref name="divisor"/>.
    /// </summary>
    /// <param name="student">z_student, N×K.</param>
    /// <param name="teacher">z_teacher, N×K, of the same step.</param>
    /// <param name="divisor">N, or the configured batch size.</param>
    /// <param name="form">The quantity that is compared.</param>
    /// <param name="gradientBlock">Whether the teacher gets no gradient.</param>
    public static Tensor Value(Tensor student, Tensor teacher, double divisor, PathForm form = PathForm.Logits, bool gradientBlock = true)
    {
        var shown = gradientBlock ? teacher.detach() : teacher;
        return Sum().Over(divisor);

        Tensor Sum()
        {
            switch (form)
            {
                case PathForm.Probabilities:
                    return (functional.softmax(student, 1) - functional.softmax(shown, 1)).Squared().sum();
                case PathForm.Divergence:
                    var expected = functional.log_softmax(shown, 1);
                    return (expected.exp() * (expected - functional.log_softmax(student, 1))).sum();
                default:
                    return (student - shown).Squared().sum();
            }
        }
    }
}
