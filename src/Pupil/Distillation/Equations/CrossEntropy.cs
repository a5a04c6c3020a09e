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

    /// <summary>The cross-entropy with a target: −Σ_K y·log softmax(z) if it is soft; null if there are no labels.</summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="target">y.</param>
    public static Tensor? WithTarget(Tensor logits, Target target) => target switch
    {
        HardTarget hard => WithLabels(logits, hard.ClassNumbers),
        SoftTarget soft => functional.cross_entropy(logits, soft.Shares),
        _ => null,
    };
}
