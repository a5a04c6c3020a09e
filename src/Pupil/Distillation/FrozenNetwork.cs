using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A network that is only asked and never trained: what an expert is made of, wherever it comes from.</summary>
public abstract class FrozenNetwork : IDisposable
{
    /// <summary>What it is called in messages and records.</summary>
    public abstract string Name { get; }

    /// <summary>The images that it is asked about.</summary>
    public abstract ImageShape Input { get; }

    /// <summary>Whether it gives logits of the classes that are taught.</summary>
    public abstract bool HasLogits { get; }

    /// <summary>The size of every stage's map for <see cref="Input"/>, from the input on.</summary>
    public abstract IReadOnlyList<StageShape> StageShapes { get; }

    /// <summary>D, the width of its embedding.</summary>
    /// <exception cref="UserErrorException">It gives none.</exception>
    public abstract int EmbeddingWidth { get; }

    /// <summary>For every stage the batch-norm that describes its pre-activation; empty where that is not known.</summary>
    public abstract IReadOnlyList<BatchNorm2d> StageNorms { get; }

    /// <summary>Its parts, with what they cost.</summary>
    public abstract NetworkOutline Outline { get; }

    /// <summary>Where its answers are.</summary>
    public abstract Device Device { get; }

    /// <summary>Has every answer also carry the stages' <see cref="Stage.PreActivation"/>.</summary>
    public abstract void ShowPreActivations();

    /// <summary>Its answer to N×C×H×W images, normalised as its own were. No gradient is kept.</summary>
    public abstract NetworkOutput Forward(Tensor images);

    /// <summary>Refuses to teach by outputs that it does not have.</summary>
    /// <param name="parts">The outputs that a method reads.</param>
    /// <exception cref="UserErrorException">One of them is missing.</exception>
    internal void Require(TeacherParts parts)
    {
        if (parts.HasFlag(TeacherParts.Logits) && !HasLogits)
            throw NetworkOutput.NoLogits;
        if (parts.HasFlag(TeacherParts.Embedding))
            _ = EmbeddingWidth;
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
