using System.Diagnostics;
using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training.Together;

/// <summary>
/// What trainings in lock-step compute once in a step: the batch, the outputs of experts, and those of networks that one training trains
/// for all. It holds one step at a time. For one thread.
/// </summary>
/// <param name="batches">The batches of all these trainings.</param>
internal sealed class StepCache(IBatchSource batches) : IDisposable
{
    private readonly Dictionary<object, (NetworkOutput Output, double Seconds)> _outputs = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Network, LockstepExecution> _trainers = new(ReferenceEqualityComparer.Instance);
    private (int Epoch, int Step) _place;
    private Batch? _batch;
    private double _batchSeconds;

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => batches.Steps;

    /// <summary>Returns the batch of a step, which stays valid until another step is asked for.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="seconds">The seconds that the batch took if it was made before; otherwise 0.</param>
    public Batch BatchOf(int epoch, int step, out double seconds)
    {
        seconds = _batchSeconds;
        if (_batch is not null && _place == (epoch, step))
            return _batch;
        Clear();
        var watch = Stopwatch.StartNew();
        _batch = batches.Get(epoch, step) with { IsLent = true };
        (_place, _batchSeconds, seconds) = ((epoch, step), watch.Elapsed.TotalSeconds, 0);
        return _batch;
    }

    /// <summary>Whether these are the images of the step that is held, at any size.</summary>
    public bool Holds(Tensor images) => _batch?.Holds(images) == true;

    /// <summary>Returns the outputs of a network for the step that is held, with the seconds they took; null: not computed yet.</summary>
    public (NetworkOutput Output, double Seconds)? Find(object network) =>
        _outputs.TryGetValue(network, out var found) ? found : null;

    /// <summary>Keeps outputs for the other trainings. They belong to the cache from now on.</summary>
    /// <param name="network">The expert or network.</param>
    /// <param name="output">Its outputs, without gradients.</param>
    /// <param name="seconds">The seconds they took.</param>
    public void Keep(object network, NetworkOutput output, double seconds)
    {
        foreach (var tensor in output.Tensors)
            tensor.DetachFromDisposeScope();
        _outputs.Add(network, (output, seconds));
    }

    /// <summary>Adds seconds to the work for a network in the step that is held.</summary>
    public void AddSeconds(Network network, double seconds)
    {
        var (output, before) = _outputs[network];
        _outputs[network] = (output, before + seconds);
    }

    /// <summary>Lets one training train a network for all.</summary>
    /// <param name="network">The network, part of several trainings.</param>
    /// <param name="trainer">The training that computes its gradients and changes its weights.</param>
    public void SetTrainer(Network network, LockstepExecution trainer) => _trainers.Add(network, trainer);

    /// <summary>Returns the training that trains a network for all; null: each trains its own.</summary>
    public LockstepExecution? TrainerOf(Network network) => _trainers.GetValueOrDefault(network);

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Clear()
    {
        foreach (var tensor in _outputs.Values.SelectMany(entry => entry.Output.Tensors))
            tensor.Dispose();
        _outputs.Clear();
        if (_batch is { } old)
            (old with { IsLent = false }).Dispose();
        _batch = null;
    }
}
