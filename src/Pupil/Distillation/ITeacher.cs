using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A frozen network that an expert is made of, wherever it comes from. What only convolutional networks have is an interface of its own.</summary>
public interface ITeacher : IDisposable
{
    /// <summary>What messages and records call it.</summary>
    string Name { get; }

    /// <summary>The images that it takes.</summary>
    ImageShape Input { get; }

    /// <summary>Whether it gives logits of the classes that are taught.</summary>
    bool HasLogits { get; }

    /// <summary>The size of every stage's map for <see cref="Input"/>, from the input on; of tokens, their grid.</summary>
    IReadOnlyList<StageShape> StageShapes { get; }

    /// <summary>D, the width of its embedding.</summary>
    /// <exception cref="UserErrorException">It gives none.</exception>
    int EmbeddingWidth { get; }

    /// <summary>Its parts, with what they cost.</summary>
    NetworkOutline Outline { get; }

    /// <summary>The device of its outputs.</summary>
    Device Device { get; }

    /// <summary>Its outputs for N×C×H×W images, normalised as its training images were. No gradient is kept.</summary>
    NetworkOutput Forward(Tensor images);

    /// <summary>Refuses to teach by outputs that it does not have.</summary>
    /// <param name="parts">The outputs that a method reads.</param>
    /// <exception cref="UserErrorException">One of them is missing.</exception>
    sealed void Require(TeacherParts parts)
    {
        if (parts.HasFlag(TeacherParts.Logits) && !HasLogits)
            throw NetworkOutput.NoLogits;
        if (parts.HasFlag(TeacherParts.Embedding))
            _ = EmbeddingWidth;
        if (parts.HasFlag(TeacherParts.PreActivations) && this is not IPreActivationTeacher)
            throw new UserErrorException($"{Name}: has no ReLU at the ends of its stages, whose inputs the method reads; choose a convolutional expert, or another method.");
        if (parts.HasFlag(TeacherParts.Norms) && (this as INormedTeacher)?.StageNorms.Count != StageShapes.Count)
        {
            throw new UserErrorException($"{Name}: {(this as INormedTeacher)?.StageNorms.Count ?? 0} of its {StageShapes.Count} stages have a batch-norm to take "
                + "margins from, expected all; choose another expert, or another method.");
        }
    }
}

/// <summary>A teacher whose stages end in a ReLU, the input of which can be read.</summary>
public interface IPreActivationTeacher : ITeacher
{
    /// <summary>Makes every output also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    void ShowPreActivations();
}

/// <summary>A teacher whose stages end in batch-norms that describe their pre-activations.</summary>
public interface INormedTeacher : ITeacher
{
    /// <summary>The batch-norm of every stage.</summary>
    IReadOnlyList<BatchNorm2d> StageNorms { get; }
}
