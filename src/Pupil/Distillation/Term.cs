using Pupil.Core;
using Pupil.Distillation.Equations;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A weighted part of a network's loss.</summary>
/// <param name="Name">The term's own name, for example <c>path</c>.</param>
/// <param name="Weight">The factor of its value in the loss.</param>
/// <param name="Value">Its value for this batch, a scalar, without the weight.</param>
public sealed record Term(string Name, double Weight, Tensor Value)
{
    /// <summary>The network that learns by it, as records name it; a student's terms get theirs from <see cref="Method.Loss"/>.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The part of a combination that it belongs to; empty outside of a combination.</summary>
    public string Part { get; init; } = "";

    /// <summary>
    /// Whether it is its owner's cross-entropy with the labels. Neither the weight of a combination's part nor a warm-up changes it: both are about what
    /// a method teaches, not about the labels.
    /// </summary>
    public bool IsOfLabels { get; init; }

    /// <summary>The cross-entropy of a network's logits with the labels; no term where there are none.</summary>
    /// <param name="owner">The network, as records name it.</param>
    /// <param name="weight">The factor in its loss.</param>
    /// <param name="logits">N×K.</param>
    /// <param name="target">The labels.</param>
    public static IReadOnlyList<Term> OfLabels(string owner, double weight, Tensor logits, Target target) =>
        CrossEntropy.WithTarget(logits, target) is { } value ? [new("cross-entropy", weight, value) { Owner = owner, IsOfLabels = true }] : [];

    /// <summary>What records call it.</summary>
    public TermName FullName => new(Owner, Part, Name);

    /// <summary>Weight × value.</summary>
    public Tensor Weighted() => Value.Times(Weight);

    /// <summary>The term with its weight multiplied, unless it is of the labels.</summary>
    /// <param name="factor">The factor.</param>
    internal Term Scaled(double factor) => factor == 1 || IsOfLabels ? this : this with { Weight = factor * Weight };
}
