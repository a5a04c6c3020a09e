using Pupil.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Equations;

/// <summary>H(y, z): the cross-entropy of logits with labels, in nats, mean over the images.</summary>
public static class CrossEntropy
{
    /// <summary>With hard labels.</summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="labels">y, N class numbers.</param>
    public static Tensor WithLabels(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels);

    /// <summary>With a target: −Σ_K y·log softmax(z) where it is soft; null where there is none.</summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="target">y.</param>
    public static Tensor? WithTarget(Tensor logits, Target target) => target switch
    {
        HardTarget hard => WithLabels(logits, hard.ClassNumbers),
        SoftTarget soft => functional.cross_entropy(logits, soft.Shares),
        _ => null,
    };
}
