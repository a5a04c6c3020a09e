using Pupil.Settings;

namespace Pupil.Distillation;

/// <summary>Describes a method in docs and help, beside its options.</summary>
/// <param name="name">The method's name in recipes.</param>
/// <param name="title">The method's usual name.</param>
/// <param name="equation">
/// A student's loss with default options: z logits, A a stage's activations, f embedding, s student, t teacher, H cross-entropy.
/// </param>
/// <param name="reference">The paper, and the code that the defaults come from; empty for none.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MethodAboutAttribute(string name, string title, string equation, string reference) : VariantAttribute(name)
{
    /// <summary>The method's usual name.</summary>
    public string Title { get; } = title;

    /// <summary>A student's loss.</summary>
    public string Equation { get; } = equation;

    /// <summary>The paper, and the code that the defaults come from; empty for none.</summary>
    public string Reference { get; } = reference;

    /// <summary>Needs beside labels and expert: adapters, pre-activations, a memory bank …; empty for none.</summary>
    public string Needs { get; init; } = "";
}
