using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>What a stage made of a batch.</summary>
/// <param name="Name">The stage's name, <c>stage1</c>, <c>stage2</c> … from the input on.</param>
/// <param name="Map">Its activations, N×C×H×W.</param>
public sealed record Stage(string Name, Tensor Map);

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
            stage.Map.MoveToOuterDisposeScope();
        return this;
    }
}
