using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>What a stage made of a batch.</summary>
/// <param name="Name">The stage's name, <c>stage1</c>, <c>stage2</c> … from the input on.</param>
/// <param name="Map">Its activations, N×C×H×W.</param>
public sealed record Stage(string Name, Tensor Map)
{
    /// <summary>
    /// The value before the stage's last ReLU, N×C×H×W like <see cref="Map"/>, part of the same graph; null unless
    /// <see cref="Network.ShowsPreActivations"/> asks for it. Where a stage ends without ReLU it is the map itself, the same tensor.
    /// </summary>
    public Tensor? PreActivation { get; init; }

    /// <summary>Hands the tensors to the dispose scope outside of the present one.</summary>
    internal void MoveToOuterDisposeScope()
    {
        Map.MoveToOuterDisposeScope();
        // Moved a second time, one tensor would leave that scope too.
        if (!ReferenceEquals(PreActivation, Map))
            PreActivation?.MoveToOuterDisposeScope();
    }
}

/// <summary>What a network says about a batch, by name.</summary>
/// <param name="Logits">N×K, before the softmax.</param>
/// <param name="Embedding">N×D, the pooled vector before the classifier.</param>
/// <param name="Stages">The output of every group of blocks between two changes of resolution, from the input on.</param>
public sealed record NetworkOutput(Tensor Logits, Tensor Embedding, IReadOnlyList<Stage> Stages)
{
    /// <summary>Hands all tensors to the dispose scope outside of the present one.</summary>
    internal NetworkOutput MoveToOuterDisposeScope()
    {
        Logits.MoveToOuterDisposeScope();
        Embedding.MoveToOuterDisposeScope();
        foreach (var stage in Stages)
            stage.MoveToOuterDisposeScope();
        return this;
    }
}
