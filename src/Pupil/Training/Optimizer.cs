using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Changes weights by their gradients, and keeps a state between steps. A weight without a gradient is unchanged.</summary>
internal abstract class Optimizer : IDisposable
{
    private readonly OptimizerOptions _options;
    private readonly (double RateFactor, int[] Members)[] _groups;

    /// <summary>Groups the weights by their factor of the learning rate.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="weights">The trained weights, each once, by a name that is the same in every run.</param>
    /// <param name="rateFactors">
    /// The factors of the learning rate by the names of weights, as those of PyTorch's parameter groups; 1 for other weights.
    /// </param>
    protected Optimizer(OptimizerOptions options, IEnumerable<KeyValuePair<string, Tensor>> weights,
        IReadOnlyDictionary<string, double>? rateFactors)
    {
        (_options, Weights) = (options, [.. weights]);
        _groups = [.. Enumerable.Range(0, Weights.Count).GroupBy(i => rateFactors?.GetValueOrDefault(Weights[i].Key, 1) ?? 1)
            .Select(group => (group.Key, group.ToArray()))];
    }

    /// <summary>The trained weights by name.</summary>
    protected IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>The state by name, for checkpoints.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Makes one step along the gradients, and sets them to zero.</summary>
    /// <param name="rate">The learning rate.</param>
    public void Step(double rate)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (factor, members) in _groups)
            Update(members, factor * rate);
        foreach (var (_, weight) in Weights)
        {
            // Set to zero, not freed: small blocks freed among the activations would fragment the memory.
            if (weight.grad is Tensor gradient)
                gradient.zero_();
        }
    }

    /// <summary>
    /// Sets the state to that of the start, and frees the gradients: a weight that gets none from now on is unchanged, also by weight
    /// decay.
    /// </summary>
    public void Reset()
    {
        foreach (var (_, state) in State)
            state.zero_();
        foreach (var (_, weight) in Weights)
            weight.grad = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, state) in State)
            state.Dispose();
    }

    /// <summary>Changes the weights that have a gradient; the gradients may be overwritten.</summary>
    /// <param name="members">The places of the weights in <see cref="Weights"/>.</param>
    /// <param name="rate">Their learning rate.</param>
    protected abstract void Update(int[] members, double rate);

    /// <summary>Whether weight decay applies to a weight; those of batch-norm and biases have one dimension, others more.</summary>
    protected bool Decays(Tensor weight) => _options.DecayNormAndBias || weight.dim() > 1;

    /// <summary>Returns a state of zeros beside every weight, in the order of the weights.</summary>
    protected Tensor[] Zeros()
    {
        using var noGradient = no_grad();
        return [.. Weights.Select(entry => zeros_like(entry.Value).DetachFromDisposeScope())];
    }

    /// <summary>Names a state after its weights.</summary>
    protected IEnumerable<KeyValuePair<string, Tensor>> Named(string prefix, IEnumerable<Tensor> state) =>
        Weights.Zip(state, (entry, value) => KeyValuePair.Create($"{prefix}/{entry.Key}", value));
}
