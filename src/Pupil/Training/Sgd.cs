using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Stochastic gradient descent with momentum, with the same operations as PyTorch's: g ← g + decay·w; v ← momentum·v + g;
/// w ← w − rate·v (Nesterov: rate·(g + momentum·v)). A weight without a gradient is unchanged.
/// </summary>
internal sealed class Sgd : Optimizer
{
    private readonly SgdOptions _options;
    private readonly Tensor[] _velocities;

    /// <summary>Creates an optimizer with velocities of zero.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="weights">The trained weights, each once, by a name that is the same in every run.</param>
    /// <param name="rateFactors">The factors of the learning rate by the names of weights; 1 for other weights.</param>
    public Sgd(SgdOptions options, IEnumerable<KeyValuePair<string, Tensor>> weights,
        IReadOnlyDictionary<string, double>? rateFactors = null) : base(options, weights, rateFactors) =>
        (_options, _velocities) = (options, Zeros());

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State => Named("velocity", _velocities);

    /// <inheritdoc/>
    protected override void Update(int[] members, double rate)
    {
        // Created once and disposed of: see Arithmetic.
        using Scalar decay = _options.WeightDecay.ToScalar(), momentum = _options.Momentum.ToScalar(), step = (-rate).ToScalar();
        foreach (int i in members)
        {
            var (weight, velocity) = (Weights[i].Value, _velocities[i]);
            if (weight.grad is not Tensor gradient)
                continue;
            if (_options.WeightDecay > 0 && Decays(weight))
                gradient.add_(weight, decay);
            var update = gradient;
            if (_options.Momentum > 0)
            {
                velocity.mul_(momentum).PlusInPlace(gradient);
                update = _options.Nesterov ? gradient.add_(velocity, momentum) : velocity;
            }
            weight.add_(update, step);
        }
    }
}
