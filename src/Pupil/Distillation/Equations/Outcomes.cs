using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Distillation.Equations;

/// <summary>The exclusive outcomes over which a network's logits give probabilities, by a softmax over the last dimension.</summary>
public static class Outcomes
{
    /// <summary>
    /// Returns the logits of the outcomes. With one label an image, the K classes exclude one another: N×K, the logits themselves. With
    /// several labels, each class is present or absent: N×K×2, (z, 0), whose softmax is (σ(z), 1 − σ(z)).
    /// </summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="labelling">The number of labels of each image.</param>
    public static Tensor Of(Tensor logits, Labelling labelling) =>
        labelling == Labelling.One ? logits : stack([logits, zeros_like(logits)], -1);
}
