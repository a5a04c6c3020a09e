using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Stochastic gradient descent with momentum, with the same operations as PyTorch's: g ← g + decay·w; v ← momentum·v + g;
/// w ← w − rate·v (Nesterov: rate·(g + momentum·v)). A weight without a gradient is unchanged.
/// </summary>
internal sealed class Sgd : IDisposable
{
    private readonly SgdOptions _options;
    private readonly (string Name, Tensor Weight, Tensor Velocity)[] _entries;

    /// <summary>Creates an optimizer with velocities of zero.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="weights">The trained weights, each once, by a name that is the same in every run.</param>
    public Sgd(SgdOptions options, IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        _options = options;
        using var noGradient = no_grad();
        _entries = [.. weights.Select(entry => (entry.Key, entry.Value, zeros_like(entry.Value).DetachFromDisposeScope()))];
    }

    /// <summary>The velocities by weight name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Velocities =>
        _entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Velocity));

    /// <summary>Makes one step along the gradients, and sets them to zero.</summary>
    public void Step(double rate)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // Created once and disposed of: see Arithmetic.
        using Scalar decay = _options.WeightDecay.ToScalar(), momentum = _options.Momentum.ToScalar(), step = (-rate).ToScalar();
        foreach (var (_, weight, velocity) in _entries)
        {
            if (weight.grad is not Tensor gradient)
                continue;
            if (_options.WeightDecay > 0)
                gradient.add_(weight, decay);
            var update = gradient;
            if (_options.Momentum > 0)
            {
                velocity.mul_(momentum).PlusInPlace(gradient);
                update = _options.Nesterov ? gradient.add_(velocity, momentum) : velocity;
            }
            weight.add_(update, step);
            // Set to zero, not freed: small blocks freed among the activations would fragment the memory.
            gradient.zero_();
        }
    }

    /// <summary>
    /// Sets all velocities to zero, and frees the gradients: a weight that gets none from now on is unchanged, also by weight decay.
    /// </summary>
    public void Reset()
    {
        foreach (var (_, weight, velocity) in _entries)
        {
            velocity.zero_();
            weight.grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, velocity) in _entries)
            velocity.Dispose();
    }
}
