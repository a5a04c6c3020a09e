using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Training.Together;

/// <summary>
/// One of several trainings in one process that are at the same step. What another one has computed for the step is taken from the cache,
/// so the results are those of a training by itself, bit for bit.
/// </summary>
/// <param name="cache">The cache of these trainings.</param>
/// <param name="alone">Computes what is not in the cache.</param>
internal sealed class LockstepExecution(StepCache cache, Execution alone) : Execution
{
    private double _reused;
    private Network? _isPassed;

    /// <summary>The batches of the training.</summary>
    public IBatchSource Batches => new LentBatches(this, cache);

    /// <summary>The training; null until it is built.</summary>
    public Trainer? Trainer { get; set; }

    /// <inheritdoc/>
    public override double ReusedSeconds => _reused;

    /// <inheritdoc/>
    public override NetworkOutput Forward(Network network, Tensor images)
    {
        if (cache.TrainerOf(network) is not { } trainer || !cache.Holds(images))
            return alone.Forward(network, images);
        if (trainer != this)
        {
            return Known(network)
                ?? throw new InvalidOperationException($"{network.Spec}: the training that trains it is not at this step yet.");
        }
        var watch = Stopwatch.StartNew();
        var output = alone.Forward(network, images);
        cache.Keep(network, output.Detached(), watch.Elapsed.TotalSeconds);
        _isPassed = network;
        return output;
    }

    /// <inheritdoc/>
    public override NetworkOutput Forward(Expert expert, Tensor images)
    {
        if (!cache.Holds(images))
            return alone.Forward(expert, images);
        if (Known(expert) is { } known)
            return known;
        var watch = Stopwatch.StartNew();
        var output = alone.Forward(expert, images);
        cache.Keep(expert, output, watch.Elapsed.TotalSeconds);
        return output;
    }

    /// <inheritdoc/>
    public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters)
    {
        var watch = Stopwatch.StartNew();
        alone.Backward(loss, parameters);
        // The losses of networks beside the students come before those of the students.
        if (_isPassed is { } network)
            cache.AddSeconds(network, watch.Elapsed.TotalSeconds);
        _isPassed = null;
    }

    /// <inheritdoc/>
    public override bool Trains(Network network) => cache.TrainerOf(network) is not { } trainer || trainer == this;

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> OptimizerStateOf(string name, Network network)
    {
        var trainer = cache.TrainerOf(network)!.Trainer!;
        string there = $"/{trainer.Networks.First(other => other.Network == network).Name}/";
        return from state in trainer.OptimizerState
               where state.Key.Contains(there, StringComparison.Ordinal)
               select KeyValuePair.Create(state.Key.Replace(there, $"/{name}/", StringComparison.Ordinal), state.Value);
    }

    private NetworkOutput? Known(object network)
    {
        if (cache.Find(network) is not var (output, seconds))
            return null;
        _reused += seconds;
        return output;
    }

    private sealed class LentBatches(LockstepExecution execution, StepCache cache) : IBatchSource
    {
        public int Steps => cache.Steps;

        public Batch Get(int epoch, int step)
        {
            var batch = cache.BatchOf(epoch, step, out double seconds);
            execution._reused += seconds;
            return batch;
        }
    }
}
