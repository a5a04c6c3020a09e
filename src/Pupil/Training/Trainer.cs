using System.Diagnostics;
using Pupil.Data;
using Pupil.Distillation;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>A network with the name that the records call it by.</summary>
/// <param name="Name">The name, each once in a training.</param>
/// <param name="Network">The network.</param>
public sealed record NamedNetwork(string Name, Network Network);

/// <summary>Students who are taught by one method.</summary>
/// <param name="Method">The method with its teachers.</param>
/// <param name="Students">Who learns.</param>
public sealed record Classroom(Method Method, IReadOnlyList<NamedNetwork> Students);

/// <summary>The images of a training.</summary>
/// <param name="Train">What is learnt from.</param>
/// <param name="HeldOut">What selects the best epoch, or null.</param>
/// <param name="Test">What is only ever measured.</param>
public sealed record TrainingData(Batches Train, Batches? HeldOut, Batches Test);

/// <summary>
/// The one training loop. It yields a record per step and per epoch; whoever reads the stream draws, writes, saves or stops between two of
/// them. It knows no method by name.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IReadOnlyList<Classroom> _classrooms;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly long _seed;
    private readonly Sgd _optimizer;

    /// <summary>Prepares the training; all networks are on the batches' device already.</summary>
    /// <param name="classrooms">Who is taught how; all see the same batches.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How long and how fast.</param>
    /// <param name="seed">What the randomness inside of networks (dropout) follows from.</param>
    /// <exception cref="UserErrorException">A method cannot teach one of its students.</exception>
    public Trainer(IReadOnlyList<Classroom> classrooms, TrainingData data, TrainingOptions options, long seed)
    {
        (_classrooms, _data, _options, _seed) = (classrooms, data, options, seed);
        foreach (var classroom in classrooms)
        {
            foreach (var student in classroom.Students)
                classroom.Method.Enrol(student.Network);
        }
        Networks =
        [
            .. classrooms.SelectMany(classroom => classroom.Students),
            .. classrooms.SelectMany(classroom => classroom.Method.Companions).Select(companion => new NamedNetwork(companion.Name, companion.Network)),
        ];
        // A shared first convolution has one handle: it is stepped once.
        _optimizer = new Sgd(options.Optimizer, Networks
            .SelectMany(network => network.Network.named_parameters().Select(entry => KeyValuePair.Create($"{network.Name}/{entry.name}", (Tensor)entry.parameter)))
            .DistinctBy(entry => entry.Value.Handle));
    }

    /// <summary>Everything that is trained: the students, then the methods' companions.</summary>
    public IReadOnlyList<NamedNetwork> Networks { get; }

    /// <summary>Where the training stands.</summary>
    public TrainingState State { get; private set; } = new();

    /// <summary>The velocities of the optimizer, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Velocities => _optimizer.Velocities;

    /// <summary>Trains from where it stands to the end.</summary>
    /// <exception cref="NonFiniteLossException">A term is no longer a finite number.</exception>
    public IEnumerable<TrainingRecord> Run()
    {
        while (State.Epoch <= _options.Epochs)
        {
            if (State.StepsDone == 0 && _options.Optimizer.ResetMomentumAtRateDrops && _options.Schedule.DropsAt(State.Epoch))
                _optimizer.Reset();
            while (State.StepsDone < _data.Train.Steps)
                yield return Step();
            yield return EndEpoch();
        }
    }

    /// <summary>Goes on from a checkpoint whose tensors are loaded.</summary>
    internal void Restore(TrainingState state) => State = state;

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private StepRecord Step()
    {
        var watch = Stopwatch.StartNew();
        foreach (var network in Networks)
            network.Network.train();
        double rate = Rate(State.StepsDone);
        using var batch = _data.Train.Get(State.Epoch, State.StepsDone);
        var terms = Learn(batch);
        foreach (var (name, value) in terms)
        {
            if (!double.IsFinite(value))
                throw new NonFiniteLossException(State.Epoch, State.StepsDone + 1, name, value, rate);
        }
        _optimizer.Step(rate);
        State.Add(terms, batch.Count, watch.Elapsed.TotalSeconds);
        return new StepRecord(State.Epoch, State.StepsDone, _data.Train.Steps, rate, State.ImagesDone / State.Seconds, State.Means());
    }

    private double Rate(int step) =>
        _options.Optimizer.LearningRate * _options.Schedule.Factor(State.Epoch, step, _data.Train.Steps, _options.Epochs);

    // Adds everybody's gradient; returns the terms' values, read from the device once.
    private List<KeyValuePair<string, double>> Learn(Batch batch)
    {
        using var scope = NewDisposeScope();
        var terms = new List<KeyValuePair<string, Tensor>>();
        foreach (var classroom in _classrooms)
            Teach(classroom, batch, terms);
        using var noGradient = no_grad();
        var values = stack(terms.Select(term => term.Value.detach().to_type(ScalarType.Float64))).cpu().data<double>();
        return [.. terms.Select((term, i) => KeyValuePair.Create(term.Key, values[i]))];
    }

    // What networks draw (dropout) follows from the step and from who draws: a student's draws do not depend on who learns beside it.
    private void Seed(string who)
    {
        long step = ((long)State.Epoch << 32) | (uint)State.StepsDone;
        using var generator = random.manual_seed((long)RandomStream.For(RandomStream.Purpose.Step, _seed, step, RandomStream.KeyOf(who)).Next());
    }

    private void Teach(Classroom classroom, Batch batch, List<KeyValuePair<string, Tensor>> terms)
    {
        Seed("teachers");
        var lesson = classroom.Method.Teach(batch);
        Tensor? together = null;
        Account("", lesson.Terms);
        foreach (var student in classroom.Students)
        {
            Seed(student.Name);
            Account($"{student.Name}/", lesson.Learn(student.Network.call(batch.Images)));
        }
        together?.backward();

        // One backward pass each, as soon as its terms are known: the memory of one network is free before the next needs its own.
        void Account(string prefix, IReadOnlyList<Term> found)
        {
            if (found.Count == 0)
                return;
            terms.AddRange(found.Select(term => KeyValuePair.Create(prefix + term.Name, term.Value)));
            var loss = found.Select(term => term.Weighted()).Aggregate((sum, next) => sum.Plus(next));
            if (!lesson.StudentsMoveTeachers)
                loss.backward();
            else
                together = together is null ? loss : together.Plus(loss);
        }
    }

    private EpochRecord EndEpoch()
    {
        var watch = Stopwatch.StartNew();
        int epoch = State.Epoch;
        bool tests = epoch == _options.Epochs || (_options.TestEvery > 0 && epoch % _options.TestEvery == 0);
        var heldOut = Measure(_data.HeldOut);
        var newBest = heldOut.Where(entry => !State.Best.TryGetValue(entry.Key, out var best) || entry.Value.Top1 > best.Top1).ToList();
        foreach (var (name, accuracy) in newBest)
            State.Best[name] = new BestEpoch(epoch, accuracy.Top1);
        var record = new EpochRecord
        {
            Epoch = epoch,
            Rate = Rate(_data.Train.Steps - 1),
            Terms = State.Means(),
            HeldOut = heldOut,
            Test = Measure(tests ? _data.Test : null),
            NewBest = [.. newBest.Select(entry => entry.Key)],
            ImagesPerSecond = State.ImagesDone / State.Seconds,
            TrainingSeconds = State.Seconds,
            EvaluationSeconds = watch.Elapsed.TotalSeconds,
        };
        State.StartEpoch(epoch + 1);
        return record;
    }

    private Dictionary<string, Accuracy> Measure(Batches? batches) =>
        batches is null ? [] : Networks.ToDictionary(network => network.Name, network => Finite(network.Name, Evaluation.Measure(network.Network, batches)));

    // Weights can be ruined by the very last step of an epoch: then no loss has met them yet.
    private Accuracy Finite(string name, Accuracy accuracy) => double.IsFinite(accuracy.CrossEntropy)
        ? accuracy
        : throw new NonFiniteLossException(State.Epoch, State.StepsDone, $"{name}/cross-entropy of the evaluation", accuracy.CrossEntropy, Rate(State.StepsDone - 1));
}
