using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.Processes;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>The images of a training.</summary>
/// <param name="Train">Batches for training.</param>
/// <param name="HeldOut">Batches that select the best epoch, or null.</param>
/// <param name="Test">Batches that are measured alone; they select nothing.</param>
internal sealed record TrainingData(IBatchSource Train, IBatchSource? HeldOut, IBatchSource Test)
{
    /// <summary>The number of labels of each image. Default one.</summary>
    public Labelling Labelling { get; init; }

    /// <summary>
    /// The held-out score above which a student has overtaken its experts, see <see cref="TrainingOptions.LeavesOvertakenExpert"/>; null:
    /// none does.
    /// </summary>
    public double? OvertakenAbove { get; init; }
}

/// <summary>
/// The one training loop. It yields a record for every step and epoch. The reader of the stream can draw, write, save or stop between two
/// records.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingStep _step;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly Execution _execution;
    private readonly Optimizer _optimizer;
    private readonly GradientClipping? _clipping;
    private readonly WeightAverages? _averages;
    private readonly IReadOnlyList<string> _stopping;
    private InitialTensors? _initial;

    /// <summary>Prepares the training. All networks are already on the batches' device.</summary>
    /// <param name="classrooms">The students of each method; all use the same batches.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">The length, the optimizer and the schedule.</param>
    /// <param name="seed">The seed of randomness inside networks (dropout) and of adapters' initial weights.</param>
    /// <param name="execution">Computes forward passes and sums over processes; null: this process alone.</param>
    /// <exception cref="UserErrorException">
    /// A method cannot teach one of its students, or an option needs held-out images and there are none.
    /// </exception>
    public Trainer(IReadOnlyList<Classroom> classrooms, TrainingData data, TrainingOptions options, long seed, Execution? execution = null)
    {
        (_data, _options, _execution) = (data, options, execution ?? SingleProcess.Instance);
        options.CheckHeldOut("training", data.HeldOut is not null);
        var stopping = classrooms.Any(classroom => classroom.IsTaught) ? classrooms.Where(classroom => classroom.IsTaught) : classrooms;
        _stopping = [.. stopping.SelectMany(classroom => classroom.Students).Select(student => student.Name)];
        _step = new TrainingStep(classrooms, seed, _execution);
        _optimizer = options.Optimizer.Create(_step.Parameters, _step.RateFactors);
        _clipping = options.GradientClipping is double maximum ? new GradientClipping(maximum, _step.Parameters) : null;
        _averages = options.Averaging is { } averaging ? new WeightAverages(averaging, _step.Networks) : null;
        if (options.RestartOnDivergence)
            _initial = new InitialTensors(Checkpoint.Tensors(this).Values);
    }

    /// <summary>Epochs of the methods' preliminary phase, before those of the options.</summary>
    public int PreliminaryEpochs => _step.PreliminaryEpochs;

    /// <summary>The steps of an epoch.</summary>
    internal int Steps => _data.Train.Steps;

    /// <summary>All epochs, preliminary ones included.</summary>
    public int Epochs => PreliminaryEpochs + _options.Epochs;

    /// <summary>Whether the training is at its end: all epochs are done, or it has stopped early.</summary>
    public bool IsDone => State.Epoch > Epochs || HasStoppedEarly;

    /// <summary>Whether the training has ended before its last epoch, because the students no longer improved.</summary>
    public bool HasStoppedEarly => State.Epoch <= Epochs && State.StepsDone == 0 && StopsEarlyAfter(State.Epoch - 1);

    /// <summary>The networks that are trained: the students, then the methods' companions.</summary>
    public IReadOnlyList<NamedNetwork> Networks => _step.Networks;

    /// <summary>Other modules that are trained, by name, such as the methods' adapters.</summary>
    public IReadOnlyList<KeyValuePair<string, nn.Module>> Extras => _step.Extras;

    /// <summary>The processes that compute the training together.</summary>
    public IProcessGroup Processes => _execution.Processes;

    /// <summary>The position of the training: epoch, step and sums.</summary>
    public TrainingState State { get; private set; } = new();

    /// <summary>The state of the optimizer, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> OptimizerState => _optimizer.State.Concat(
        from network in Networks
        where !_execution.Trains(network.Network)
        from state in _execution.OptimizerStateOf(network.Name, network.Network)
        select state);

    /// <summary>The moving averages of the weights, for checkpoints; none without averaging.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Averages => _averages?.State ?? [];

    /// <summary>The tensors that the methods keep between steps, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Memories => _step.Memories;

    /// <summary>Trains from the current position to the end.</summary>
    /// <exception cref="NonFiniteLossException">A term is not a finite number.</exception>
    public IEnumerable<TrainingRecord> Run()
    {
        RequireEqualWeights();
        while (!IsDone)
        {
            if (State.StepsDone == 0 && StartsAnew)
                _optimizer.Reset();
            if (State.StepsDone < _data.Train.Steps)
                yield return (TrainingRecord?)Step(out string? fault) ?? Restart(fault!);
            else if (DivergenceOfEpoch() is { } divergence)
                yield return Restart(divergence);
            else
                yield return EndEpoch();
        }
    }

    /// <summary>
    /// Gives the networks the weights that are evaluated and kept, until disposed: the averages if the options ask for them. Null: the
    /// networks have them already.
    /// </summary>
    internal IDisposable? WithKeptWeights() => _averages?.Exchange();

    /// <summary>Continues from a checkpoint whose tensors are loaded.</summary>
    internal void Restore(TrainingState state)
    {
        State = state;
        if (State.Epoch > 1 || State.RateFactor < 1)
            DropInitial();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DropInitial();
        _averages?.Dispose();
        _optimizer.Dispose();
        _step.Dispose();
    }

    /// <summary>
    /// Makes the statistics of batch-norms equal in all processes, where each has those of its own images; a checkpoint may follow.
    /// </summary>
    internal void Settle() => _execution.AverageStatistics(
        Networks.Select(network => (nn.Module)network.Network).Concat(Extras.Select(extra => extra.Value))
            .SelectMany(module => module.named_buffers()).Select(entry => entry.buffer).Concat(Averages.Select(entry => entry.Value)));

    private bool IsPreliminary => State.Epoch <= PreliminaryEpochs;

    // Counted anew after the preliminary phase, so that the main training is the same as without one.
    private int EpochOfPhase => IsPreliminary ? State.Epoch : State.Epoch - PreliminaryEpochs;

    private bool StartsAnew => EpochOfPhase == 1 && State.Epoch > 1
        || !IsPreliminary && _options.Optimizer.ResetsAtRateDrops && _options.Schedule.DropsAt(EpochOfPhase);

    private Moment Moment => new(EpochOfPhase, State.StepsDone, _data.Train.Steps, IsPreliminary ? PreliminaryEpochs : _options.Epochs)
    {
        IsPreliminary = IsPreliminary,
    };

    // Returns null and the fault if the step diverges and a restart is left.
    private StepRecord? Step(out string? fault)
    {
        fault = null;
        var watch = Stopwatch.StartNew();
        double reused = _execution.ReusedSeconds, rate = Rate(State.StepsDone);
        using var batch = _data.Train.Get(State.Epoch, State.StepsDone);
        var terms = _step.Run(batch, State.Epoch, Moment, HasOvertaken);
        foreach (var (name, value) in terms)
        {
            if (double.IsFinite(value))
                continue;
            if (_initial is null)
                throw new NonFiniteLossException(State.Epoch, State.StepsDone + 1, name.ToString(), value, rate);
            fault = $"'{name}' is {value} in step {State.StepsDone + 1} of the first epoch";
            return null;
        }
        _clipping?.Apply();
        _optimizer.Step(rate);
        _averages?.Update((EpochOfPhase - 1L) * _data.Train.Steps + State.StepsDone + 1, name => _step.IsFixed(name, State.Epoch));
        State.Add(terms, batch.WholeCount, watch.Elapsed.TotalSeconds + _execution.ReusedSeconds - reused);
        return new StepRecord(State.Epoch, State.StepsDone, _data.Train.Steps, rate, State.ImagesDone / State.Seconds, State.Means());
    }

    private double Rate(int step) => IsPreliminary
        ? _step.PreliminaryRate ?? _options.Optimizer.LearningRate
        : State.RateFactor * _options.Optimizer.LearningRate
            * _options.Schedule.Factor(EpochOfPhase, step, _data.Train.Steps, _options.Epochs);

    // A network whose loss has grown far above that of guessing in the first epoch does not come back.
    private string? DivergenceOfEpoch()
    {
        const double Most = 3;
        int classes = Networks[0].Network.Classes;
        double guessing = _data.Labelling == Labelling.One ? Math.Log(classes) : classes * Math.Log(2);
        return _initial is null ? null : State.Means().Where(term => term.Key.Name == TermName.Labels && term.Value > Most * guessing)
            .Select(term => $"the mean of '{term.Key}' is {term.Value:0.0} in the first epoch; guessing gives {guessing:0.0}")
            .FirstOrDefault();
    }

    private RestartRecord Restart(string reason)
    {
        const double Lower = 0.2;
        _initial!.Restore();
        DropInitial();
        _optimizer.Reset();
        State = new TrainingState { RateFactor = Lower };
        return new RestartRecord(reason, Lower * _options.Optimizer.LearningRate);
    }

    private void RequireEqualWeights() =>
        SharedWeights.RequireEqual(Processes, () => Checkpoint.Tensors(this), $"epoch {State.Epoch}, step {State.StepsDone}");

    private void DropInitial()
    {
        _initial?.Dispose();
        _initial = null;
    }

    private EpochRecord EndEpoch()
    {
        DropInitial();
        Settle();
        RequireEqualWeights();
        var watch = Stopwatch.StartNew();
        using var kept = WithKeptWeights();
        int epoch = State.Epoch;
        var heldOut = Measure(IsPreliminary ? null : _data.HeldOut);
        var behind = _stopping.Where(name => !HasOvertaken(name)).ToList();
        foreach (var (name, accuracy) in heldOut)
        {
            State.Best[name] = BestEpoch.Next(
                State.Best.GetValueOrDefault(name), epoch, _options.Score(accuracy), accuracy.Images, _options.SelectWithin);
        }
        bool isLast = epoch == Epochs || StopsEarlyAfter(epoch);
        bool tests = isLast || (_options.TestEvery > 0 && EpochOfPhase % _options.TestEvery == 0 && !IsPreliminary);
        var record = new EpochRecord
        {
            Epoch = epoch,
            Rate = Rate(_data.Train.Steps - 1),
            Terms = State.Means(),
            HeldOut = isLast ? heldOut : WithoutClasses(heldOut),
            Test = isLast ? Measure(_data.Test) : WithoutClasses(Measure(tests ? _data.Test : null)),
            NewBest = [.. heldOut.Keys.Where(name => State.Best[name].Epoch == epoch)],
            Overtook = behind.Where(HasOvertaken).ToList() is { Count: > 0 } overtook ? overtook : null,
            ImagesPerSecond = State.ImagesDone / State.Seconds,
            TrainingSeconds = State.Seconds,
            EvaluationSeconds = watch.Elapsed.TotalSeconds,
        };
        State.StartEpoch(epoch + 1);
        return record;
    }

    // Follows from the state alone, so that a resumed training leaves out the same terms.
    private bool HasOvertaken(string student) => _options.LeavesOvertakenExpert && _data.OvertakenAbove is double score
        && State.Best.TryGetValue(student, out var best) && best.Highest > score;

    private static Dictionary<string, Accuracy> WithoutClasses(Dictionary<string, Accuracy> measured) =>
        measured.ToDictionary(entry => entry.Key, entry => entry.Value.WithoutClasses());

    // Follows from the state alone, so that a resumed training ends where an uninterrupted one does.
    private bool StopsEarlyAfter(int epoch) => _options.EarlyStopping is { } stopping
        && epoch - PreliminaryEpochs >= Math.Max(stopping.MinEpochs, stopping.Patience)
        && _stopping.All(name => !State.Best.TryGetValue(name, out var best)
            || (best.HighestEpoch <= epoch - stopping.Patience && best.Highest >= stopping.MinScore));

    private Dictionary<string, Accuracy> Measure(IBatchSource? batches) => batches is null
        ? []
        : Networks.ToDictionary(network => network.Name, network => Measure(network, batches));

    private Accuracy Measure(NamedNetwork network, IBatchSource batches) =>
        Finite(network.Name, Evaluation.Measure(network.Network, batches, _execution));

    // The last step of an epoch can ruin the weights; no loss has been computed with them yet.
    private Accuracy Finite(string name, Accuracy accuracy)
    {
        if (!double.IsFinite(accuracy.CrossEntropy))
            throw NotFinite("cross-entropy of the evaluation", accuracy.CrossEntropy);
        // Squared activations overflow while logits are still finite.
        foreach (var (stage, focus) in accuracy.Focus ?? new Dictionary<string, StageFocus>())
        {
            if (!double.IsFinite(focus.InBox))
                throw NotFinite($"attention of {stage} in the evaluation", focus.InBox);
        }
        return accuracy;

        NonFiniteLossException NotFinite(string what, double value) =>
            new(State.Epoch, State.StepsDone, $"{name}/{what}", value, Rate(State.StepsDone - 1));
    }
}
