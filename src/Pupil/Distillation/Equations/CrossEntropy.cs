using Pupil.Core;
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
    /// plain mean. Of a batch that has labels in part, only these images count. Label sets have a binary cross-entropy; see
    /// <see cref="WithLabelSets"/>.
    /// </summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="target">y.</param>
    public static Tensor? WithTarget(Tensor logits, Target target) =>
        Mean(logits, target) is { } mean ? target.Scale == 1 ? mean : mean.Times(target.Scale) : null;

    private static Tensor? Mean(Tensor logits, Target target)
    {
        if (target is PartialTarget partial)
            return WithTarget(logits.narrow(0, 0, partial.Count), partial.Labelled);
        if (target is LabelSetTarget sets)
            return WithLabelSets(logits, sets);
        var labels = target switch
        {
            HardTarget hard => hard.ClassNumbers,
            SoftTarget soft => soft.Shares,
            _ => null,
        };
        if (labels is null)
            return null;
        using var weights = Weights(logits, target);
        return functional.cross_entropy(logits, labels, weights, label_smoothing: target.Weighting.Smoothing);
    }

    /// <summary>
    /// The binary cross-entropy with label sets, the negative log-likelihood of an image's classes in nats, sum over the K classes, mean
    /// over the N images: −1/N Σ_N Σ_K (w·ŷ·log σ(z) + (1 − ŷ)·log(1 − σ(z))), with ŷ = (1 − ε)·y + ε/2. In PyTorch:
    /// <c>binary_cross_entropy_with_logits(z, ŷ, pos_weight=w, reduction="sum") / N</c>.
    /// </summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="target">y, with the weights w of present classes and the smoothing ε.</param>
    public static Tensor WithLabelSets(Tensor logits, LabelSetTarget target)
    {
        double smoothing = target.Weighting.Smoothing;
        var members = smoothing == 0 ? target.Members : target.Members.Times(1 - smoothing).Plus(smoothing / 2);
        using var weights = Weights(logits, target);
        return functional.binary_cross_entropy_with_logits(logits, members.to(logits.dtype), reduction: Reduction.Sum, pos_weights: weights)
            .Over(logits.shape[0]);
    }

    private static Tensor? Weights(Tensor logits, Target target) =>
        target.Weighting.Weights is { } known ? tensor(known.ToArray(), device: logits.device).to(logits.dtype) : null;
}
