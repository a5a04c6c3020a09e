using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>The outputs of a network for a batch. An expert that was trained for other classes has no logits.</summary>
public sealed record NetworkOutput
{
    private readonly Tensor? _logits, _embedding;

    /// <summary>Collects the outputs.</summary>
    /// <param name="logits">See <see cref="Logits"/>; null without them.</param>
    /// <param name="embedding">See <see cref="Embedding"/>; null without one.</param>
    /// <param name="stages">See <see cref="Stages"/>.</param>
    public NetworkOutput(Tensor? logits, Tensor? embedding, IReadOnlyList<Feature> stages) =>
        (_logits, _embedding, Stages) = (logits, embedding, stages);

    /// <summary>N×K, before the softmax.</summary>
    /// <exception cref="UserErrorException">The network has none.</exception>
    public Tensor Logits
    {
        get => _logits ?? throw NoLogits;
        init => _logits = value;
    }

    /// <summary>N×D, the pooled vector before the classifier.</summary>
    /// <exception cref="UserErrorException">The network has none.</exception>
    public Tensor Embedding => _embedding ?? throw NoEmbedding;

    /// <summary>The output of every stage, a group of blocks between two changes of resolution, from the input on.</summary>
    public IReadOnlyList<Feature> Stages { get; }

    /// <summary>Whether there are <see cref="Logits"/>.</summary>
    public bool HasLogits => _logits is not null;

    /// <summary>Whether there is an <see cref="Embedding"/>.</summary>
    public bool HasEmbedding => _embedding is not null;

    /// <summary>Whether its tensors have been disposed of.</summary>
    internal bool IsGone => (_logits ?? _embedding)?.IsInvalid ?? Stages[0].IsGone;

    internal static UserErrorException NoLogits => new("the expert has no logits of the data's classes, which the method needs; "
        + "choose a method that compares stages (at, fitnets, ctkd …), or name the output by expert.onnx.logits.");

    internal static UserErrorException NoEmbedding => new("the expert has no embedding, which the method needs; "
        + "name it by expert.onnx.embedding, or choose another method.");

    /// <summary>All tensors; one may come twice.</summary>
    internal IEnumerable<Tensor> Tensors =>
        new[] { _logits, _embedding }.OfType<Tensor>().Concat(Stages.SelectMany(stage => stage.Tensors));

    /// <summary>Returns the same outputs without gradients.</summary>
    internal NetworkOutput Detached() => new(_logits?.detach(), _embedding?.detach(),
        [.. Stages.Select(stage => stage.With(map => map.detach(), before => before.detach()))]);

    /// <summary>Returns the same outputs in single precision, with gradients.</summary>
    internal NetworkOutput InSinglePrecision() => new(_logits?.Single(), _embedding?.Single(),
        [.. Stages.Select(stage => stage.With(ReducedPrecision.Single, ReducedPrecision.Single))]);

    /// <summary>Moves all tensors to the dispose scope outside the current one.</summary>
    internal NetworkOutput MoveToOuterDisposeScope()
    {
        _logits?.MoveToOuterDisposeScope();
        _embedding?.MoveToOuterDisposeScope();
        foreach (var stage in Stages)
            stage.MoveToOuterDisposeScope();
        return this;
    }
}
