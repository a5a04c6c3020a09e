using Pupil.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Equations;

/// <summary>H(y, z): the cross-entropy of logits with labels, in nats, mean over the images.</summary>
public static class CrossEntropy
{
    /// <summary>The cross-entropy with hard labels.</summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="labels">y, N class numbers.</param>
    public static Tensor WithLabels(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels);

    /// <summary>
    /// The cross-entropy with a target: −Σ_K w·ŷ·log softmax(z), with ŷ = (1 − ε)·y + ε/K, for the target's class weights w and
    /// smoothing ε; null if there are no labels. As in PyTorch, hard labels give the mean weighted by the label's w, and soft ones the
    /// plain mean.
    /// </summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="target">y.</param>
    public static Tensor? WithTarget(Tensor logits, Target target)
    {
        var labels = target switch
        {
            HardTarget hard => hard.ClassNumbers,
            SoftTarget soft => soft.Shares,
            _ => null,
        };
        if (labels is null)
            return null;
        using var weights = target.Weighting.Weights is { } known ? tensor(known.ToArray(), device: logits.device).to(logits.dtype) : null;
        return functional.cross_entropy(logits, labels, weights, label_smoothing: target.Weighting.Smoothing);
    }
}
