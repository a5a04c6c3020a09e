using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// A frozen network that an expert wraps, of any origin. Outputs that only convolutional networks have are in interfaces of their own.
/// </summary>
public interface ITeacher : IDisposable
{
    /// <summary>The network's name in messages and records.</summary>
    string Name { get; }

    /// <summary>The shape of the images.</summary>
    ImageShape Input { get; }

    /// <summary>Whether the outputs include logits of the data's classes.</summary>
    bool HasLogits { get; }

    /// <summary>The shape of every stage's map for <see cref="Input"/>, from the input on; for tokens, the shape of their grid.</summary>
    IReadOnlyList<StageShape> StageShapes { get; }

    /// <summary>D, the width of the embedding.</summary>
    /// <exception cref="UserErrorException">The network has no embedding.</exception>
    int EmbeddingWidth { get; }

    /// <summary>The parts of the network with their parameters and multiply-adds.</summary>
    NetworkOutline Outline { get; }

    /// <summary>The device of its outputs.</summary>
    Device Device { get; }

    /// <summary>Computes the outputs for N×C×H×W images, normalised as the network's training images were, without gradients.</summary>
    NetworkOutput Forward(Tensor images);

    /// <summary>Checks that the network has the outputs that a method reads.</summary>
    /// <param name="parts">The outputs that a method reads.</param>
    /// <exception cref="UserErrorException">One of them is missing.</exception>
    sealed void Require(TeacherParts parts)
    {
        if (parts.HasFlag(TeacherParts.Logits) && !HasLogits)
            throw NetworkOutput.NoLogits;
        if (parts.HasFlag(TeacherParts.Embedding))
            _ = EmbeddingWidth;
        if (parts.HasFlag(TeacherParts.PreActivations) && this is not IPreActivationTeacher)
            throw new UserErrorException($"{Name}: has no ReLU at the ends of its stages, but the method reads the inputs of these ReLUs; "
                + "choose a convolutional expert, or another method.");
        if (parts.HasFlag(TeacherParts.Norms) && (this as INormedTeacher)?.StageNorms.Count != StageShapes.Count)
        {
            int found = (this as INormedTeacher)?.StageNorms.Count ?? 0;
            throw new UserErrorException($"{Name}: {found} of its {StageShapes.Count} stages have a batch-norm to take "
                + "margins from, expected all; choose another expert, or another method.");
        }
    }
}

/// <summary>A teacher whose stages end in a ReLU, and whose outputs can include the inputs of these ReLUs.</summary>
public interface IPreActivationTeacher : ITeacher
{
    /// <summary>Makes every output also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    void ShowPreActivations();
}

/// <summary>A teacher whose stages end in batch-norms, which give mean and deviation of the pre-activations.</summary>
public interface INormedTeacher : ITeacher
{
    /// <summary>The batch-norm of every stage.</summary>
    IReadOnlyList<BatchNorm2d> StageNorms { get; }
}
