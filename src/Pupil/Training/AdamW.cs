using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Adam with decoupled weight decay, with the same numbers as PyTorch's: w ← (1 − rate·decay)·w; m ← β₁·m + (1 − β₁)·g; v
/// ← β₂·v + (1 − β₂)·g²; w ← w − rate/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε), with t the weight's number of
/// steps with a gradient.
/// </summary>
internal sealed class AdamW : Optimizer
{
    private readonly AdamWOptions _options;
    private readonly Tensor[] _means, _squares, _steps;

    /// <summary>Creates an optimizer with a state of zero.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="weights">The trained weights, each once, by a name that is the same in every run.</param>
    /// <param name="rateFactors">The factors of the learning rate by the names of weights; 1 for other weights.</param>
    public AdamW(AdamWOptions options, IEnumerable<KeyValuePair<string, Tensor>> weights,
        IReadOnlyDictionary<string, double>? rateFactors = null) : base(options, weights, rateFactors)
    {
        (_options, _means, _squares) = (options, Zeros(), Zeros());
        // On the CPU, so that reading them waits for no device.
        _steps = [.. Weights.Select(_ => zeros([1], ScalarType.Int64).DetachFromDisposeScope())];
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State =>
        [.. Named("mean", _means), .. Named("square", _squares), .. Named("steps", _steps)];

    /// <inheritdoc/>
    protected override void Update(int[] members, double rate)
    {
        // Created once and disposed of: see Arithmetic.
        using var kept = (1 - rate * _options.WeightDecay).ToScalar();
        using Scalar beta1 = _options.Beta1.ToScalar(), rest1 = (1 - _options.Beta1).ToScalar();
        using Scalar beta2 = _options.Beta2.ToScalar(), rest2 = (1 - _options.Beta2).ToScalar();
        foreach (int i in members)
        {
            var weight = Weights[i].Value;
            if (weight.grad is not Tensor gradient)
                continue;
            long step = _steps[i].data<long>()[0] + 1;
            _steps[i].data<long>()[0] = step;
            if (_options.WeightDecay > 0 && Decays(weight))
                weight.mul_(kept);
            var (mean, square) = (_means[i], _squares[i]);
            mean.mul_(beta1).add_(gradient, rest1);
            square.mul_(beta2).addcmul_(gradient, gradient, rest2);
            double root = Math.Sqrt(1 - Math.Pow(_options.Beta2, step));
            var divisor = square.sqrt().Over(root).Plus(_options.Epsilon);
            using var factor = (-rate / (1 - Math.Pow(_options.Beta1, step))).ToScalar();
            weight.addcdiv_(mean, divisor, factor);
        }
    }
}
