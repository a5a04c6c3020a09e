using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Exponential moving averages of the weights and batch-norm statistics of the trained networks. After step t,
/// a ← d·a + (1 − d)·w with d = min(decay, (1 + t)/(10 + t)), as in TensorFlow's <c>ExponentialMovingAverage</c>.
/// The first steps so give the initial weights little influence.
/// </summary>
internal sealed class WeightAverages : IDisposable
{
    private readonly double _decay;
    private readonly (string Name, Tensor Weight, Tensor Average)[] _entries;
    private bool _isExchanged;

    /// <summary>Starts the averages at the present weights.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="networks">The networks; a layer that two of them share is averaged once.</param>
    public WeightAverages(AveragingOptions options, IEnumerable<NamedNetwork> networks)
    {
        _decay = options.Decay;
        using var noGradient = no_grad();
        var weights = from network in networks
                      from entry in network.Network.State()
                      select (Name: $"{network.Name}/{entry.Key}", Weight: entry.Value);
        _entries =
        [
            .. weights.DistinctBy(entry => entry.Weight.Handle)
                .Select(entry => (entry.Name, entry.Weight, entry.Weight.clone().DetachFromDisposeScope())),
        ];
    }

    /// <summary>The averages by name, for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Average));

    /// <summary>Adds the present weights to the averages.</summary>
    /// <param name="step">t, the number of steps done, from 1.</param>
    /// <param name="isFixed">Whether a weight is fixed, by name: rounding would change its average. Null: none is.</param>
    public void Update(long step, Func<string, bool>? isFixed = null)
    {
        if (_isExchanged)
            throw new InvalidOperationException("The averages are in place of the weights.");
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        // Created once and disposed of: see Arithmetic.
        double decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        using Scalar kept = decay.ToScalar(), share = (1 - decay).ToScalar();
        foreach (var (name, weight, average) in _entries)
        {
            if (isFixed?.Invoke(name) != true)
                average.mul_(kept).add_(weight, share);
        }
    }

    /// <summary>Puts the averages in place of the weights until disposed; the weights are then restored bit by bit.</summary>
    public IDisposable Exchange() => new Exchanged(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, average) in _entries)
            average.Dispose();
    }

    private void Swap()
    {
        using var noGradient = no_grad();
        foreach (var (_, weight, average) in _entries)
        {
            using var kept = weight.clone();
            weight.copy_(average);
            average.copy_(kept);
        }
        _isExchanged = !_isExchanged;
    }

    private sealed class Exchanged : IDisposable
    {
        private WeightAverages? _averages;

        public Exchanged(WeightAverages averages)
        {
            if (averages._isExchanged)
                throw new InvalidOperationException("The averages are already in place of the weights.");
            _averages = averages;
            averages.Swap();
        }

        public void Dispose()
        {
            _averages?.Swap();
            _averages = null;
        }
    }
}
