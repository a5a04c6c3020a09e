using Pupil.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>No teacher: the student learns from the labels alone. This is how an expert is made, and what teaching is measured against.</summary>
[MethodAbout("supervised", "No teacher", "H(y, z_s)", "")]
public sealed record SupervisedOptions : MethodOptions
{
    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Supervised(this);
}

/// <summary>Cross-entropy with the labels.</summary>
public sealed class Supervised(SupervisedOptions options) : Method(options)
{
    /// <summary>H(y, z): the cross-entropy of logits with labels, in nats, mean over the N images.</summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="labels">y, N class numbers.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor labels) => functional.cross_entropy(logits, labels);

    /// <summary>
    /// The cross-entropy of logits with a batch's labels, in nats, mean over the N images: with its soft labels, −Σ_K y·log softmax(z), where it has any.
    /// </summary>
    /// <param name="logits">z, N×K.</param>
    /// <param name="batch">The batch they answer to.</param>
    public static Tensor CrossEntropy(Tensor logits, Batch batch) =>
        batch.SoftLabels is { } soft ? functional.cross_entropy(logits, soft) : CrossEntropy(logits, batch.Labels);

    /// <inheritdoc/>
    public override Lesson Teach(Batch batch, Moment moment) => Lesson.Of((_, _) => []);
}
