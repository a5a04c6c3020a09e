using Pupil.Settings;

namespace Pupil.Distillation;

/// <summary>What docs and help say about a method, beside its options.</summary>
/// <param name="name">Its name in recipes, as people type it.</param>
/// <param name="title">Its usual name.</param>
/// <param name="equation">What a student loses, defaults aside: z logits, A a stage's activations, f embedding, s student, t teacher, H cross-entropy.</param>
/// <param name="reference">The paper, and the code that its defaults are from; empty for none.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class MethodAboutAttribute(string name, string title, string equation, string reference) : VariantAttribute(name)
{
    /// <summary>Its usual name.</summary>
    public string Title { get; } = title;

    /// <summary>What a student loses.</summary>
    public string Equation { get; } = equation;

    /// <summary>The paper, and the code that its defaults are from; empty for none.</summary>
    public string Reference { get; } = reference;

    /// <summary>What it needs beside labels and, where it asks one, an expert: adapters, pre-activations, a memory bank …; empty for nothing.</summary>
    public string Needs { get; init; } = "";
}
