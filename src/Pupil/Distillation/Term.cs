using Pupil.Core;
using Pupil.Distillation.Equations;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A weighted part of a network's loss.</summary>
/// <param name="Name">The term's own name, for example <c>path</c>.</param>
/// <param name="Weight">The factor of its value in the loss.</param>
/// <param name="Value">The value for this batch, a scalar, without the weight.</param>
public sealed record Term(string Name, double Weight, Tensor Value)
{
    /// <summary>
    /// The network whose loss it is part of, by its name in records. <see cref="Method.Loss"/> sets that of a student's terms.
    /// </summary>
    public string Owner { get; init; } = "";

    /// <summary>The part of a combination that it belongs to; empty outside a combination.</summary>
    public string Part { get; init; } = "";

    /// <summary>
    /// Whether it is its owner's cross-entropy with the labels. Neither the weight of a combination's part nor a warm-up scales such a
    /// term: both apply to the method's own terms.
    /// </summary>
    public bool IsOfLabels { get; init; }

    /// <summary>
    /// Whether it follows an expert, so that a student that has overtaken the expert can leave it out. Default false; all own terms of a
    /// method that needs an expert and trains no networks follow it.
    /// </summary>
    public bool IsOfExpert { get; init; }

    /// <summary>Makes the cross-entropy of a network's logits with the labels; no term if there are no labels.</summary>
    /// <param name="owner">The network's name in records.</param>
    /// <param name="weight">The term's factor in the loss.</param>
    /// <param name="logits">N×K.</param>
    /// <param name="target">The labels.</param>
    public static IReadOnlyList<Term> OfLabels(string owner, double weight, Tensor logits, Target target) =>
        CrossEntropy.WithTarget(logits, target) is { } value
            ? [new(TermName.Labels, weight, value) { Owner = owner, IsOfLabels = true }]
            : [];

    /// <summary>The term's name in records.</summary>
    public TermName FullName => new(Owner, Part, Name);

    /// <summary>Weight × value.</summary>
    public Tensor Weighted() => Value.Times(Weight);

    /// <summary>Returns the term with its weight multiplied by a factor, unless it is the cross-entropy with the labels.</summary>
    /// <param name="factor">The factor.</param>
    internal Term Scaled(double factor) => factor == 1 || IsOfLabels ? this : this with { Weight = factor * Weight };
}
