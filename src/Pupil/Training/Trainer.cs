using System.Diagnostics;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.Images.Loading;
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
    private readonly IReadOnlyList<Learner> _learners;
    private readonly ILookup<Classroom, Learner> _learnersOf;

    /// <summary>Prepares the training; all networks are on the batches' device already.</summary>
    /// <param name="classrooms">Who is taught how; all see the same batches.</param>
    /// <param name="data">The images.</param>
    /// <param name="options">How long and how fast.</param>
    /// <param name="seed">What the randomness inside of networks (dropout) follows from.</param>
    /// <exception cref="UserErrorException">A method cannot teach one of its students.</exception>
    public Trainer(IReadOnlyList<Classroom> classrooms, TrainingData data, TrainingOptions options, long seed)
    {
        (_classrooms, _data, _options, _seed) = (classrooms, data, options, seed);
        _learnersOf = classrooms.SelectMany(classroom => classroom.Students.Select(student => (classroom, learner: Enrol(classroom.Method, student, seed))))
            .ToLookup(entry => entry.classroom, entry => entry.learner);
        _learners = [.. _learnersOf.SelectMany(learners => learners)];
        PreliminaryEpochs = classrooms.Max(classroom => classroom.Method.PreliminaryEpochs);
        var companions = classrooms.SelectMany(classroom => classroom.Method.Companions).ToList();
        Networks =
        [
            .. classrooms.SelectMany(classroom => classroom.Students),
            .. companions.Where(companion => companion.Module is Network).Select(companion => new NamedNetwork(companion.Name, (Network)companion.Module)),
        ];
        Extras =
        [
            .. companions.Where(companion => companion.Module is not Network).Select(companion => KeyValuePair.Create(companion.Name, companion.Module)),
            .. _learners.SelectMany(learner => learner.Modules.Select(module => KeyValuePair.Create(Beside(learner, module.Key), module.Value))),
        ];
        // A shared convolution has one handle: it is stepped once.
        _optimizer = new Sgd(options.Optimizer, Networks.Select(network => KeyValuePair.Create(network.Name, (nn.Module)network.Network)).Concat(Extras)
            .SelectMany(entry => entry.Value.named_parameters().Select(parameter => KeyValuePair.Create($"{entry.Key}/{parameter.name}", (Tensor)parameter.parameter)))
            .DistinctBy(entry => entry.Value.Handle));
    }

    /// <summary>Epochs of the methods' preliminary phase, before those of the options.</summary>
    public int PreliminaryEpochs { get; }

    /// <summary>All epochs, preliminary ones included.</summary>
    public int Epochs => PreliminaryEpochs + _options.Epochs;

    /// <summary>The networks that are trained: the students, then the methods' companions.</summary>
    public IReadOnlyList<NamedNetwork> Networks { get; }

    /// <summary>What else is trained: the methods' adapters and the like, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, nn.Module>> Extras { get; }

    /// <summary>Where the training stands.</summary>
    public TrainingState State { get; private set; } = new();

    /// <summary>The velocities of the optimizer, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Velocities => _optimizer.Velocities;

    /// <summary>What the methods remember of the images, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Memories =>
        _learners.SelectMany(learner => learner.Memories.Select(memory => KeyValuePair.Create(Beside(learner, memory.Key), memory.Value)));

    /// <summary>Trains from where it stands to the end.</summary>
    /// <exception cref="NonFiniteLossException">A term is no longer a finite number.</exception>
    public IEnumerable<TrainingRecord> Run()
    {
        while (State.Epoch <= Epochs)
        {
            if (State.StepsDone == 0 && StartsAnew)
                _optimizer.Reset();
            while (State.StepsDone < _data.Train.Steps)
                yield return Step();
            yield return EndEpoch();
        }
    }

    /// <summary>Has a method look at a student and put beside it what it needs; students of one network start with equal adapters.</summary>
    /// <exception cref="UserErrorException">The method cannot teach this student.</exception>
    internal static Learner Enrol(Method method, NamedNetwork student, long seed)
    {
        using var generator = random.manual_seed((long)RandomStream.FromKey(RandomStream.Purpose.Initialization, seed,
            RandomStream.KeyOf($"adapters/{student.Network.Spec.Architecture}")).Next());
        var learner = new Learner(student.Name, student.Network);
        method.Enrol(learner);
        return learner;
    }

    /// <summary>Goes on from a checkpoint whose tensors are loaded.</summary>
    internal void Restore(TrainingState state) => State = state;

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var learner in _learners)
            learner.Dispose();
        // A method's own modules have nobody else; networks belong to whoever built them.
        foreach (var companion in _classrooms.SelectMany(classroom => classroom.Method.Companions).Where(companion => companion.Module is not Network))
            companion.Module.Dispose();
    }

    private bool IsPreliminary => State.Epoch <= PreliminaryEpochs;

    // Counted anew after the preliminary phase, so that the training proper is what it would be without one.
    private int EpochOfPhase => IsPreliminary ? State.Epoch : State.Epoch - PreliminaryEpochs;

    private bool StartsAnew => EpochOfPhase == 1 && State.Epoch > 1
        || !IsPreliminary && _options.Optimizer.ResetMomentumAtRateDrops && _options.Schedule.DropsAt(EpochOfPhase);

    // '+' is in no student's name.
    private static string Beside(Learner learner, string name) => $"{learner.Name}+{name}";

    private StepRecord Step()
    {
        var watch = Stopwatch.StartNew();
        foreach (var network in Networks)
            network.Network.train();
        foreach (var (_, module) in Extras)
            module.train();
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

    private double Rate(int step) => IsPreliminary
        ? _classrooms.Max(classroom => classroom.Method.PreliminaryRate) ?? _options.Optimizer.LearningRate
        : _options.Optimizer.LearningRate * _options.Schedule.Factor(EpochOfPhase, step, _data.Train.Steps, _options.Epochs);

    // Adds everybody's gradient; returns the terms' values, read from the device once.
    private List<KeyValuePair<string, double>> Learn(Batch batch)
    {
        using var scope = NewDisposeScope();
        var terms = new List<KeyValuePair<string, Tensor>>();
        foreach (var classroom in _classrooms.Where(classroom => State.Epoch > PreliminaryEpochs - classroom.Method.PreliminaryEpochs))
            Teach(classroom, batch, terms);
        using var noGradient = no_grad();
        var values = stack(terms.Select(term => term.Value.detach().to_type(ScalarType.Float64))).cpu().data<double>();
        return [.. terms.Select((term, i) => KeyValuePair.Create(term.Key, values[i]))];
    }

    // What networks draw (dropout) follows from the step and from who draws: a student's draws do not depend on who learns beside it.
    private void Seed(string who)
    {
        long step = ((long)State.Epoch << 32) | (uint)State.StepsDone;
        using var generator = random.manual_seed((long)RandomStream.FromKey(RandomStream.Purpose.Step, _seed, step, RandomStream.KeyOf(who)).Next());
    }

    private void Teach(Classroom classroom, Batch batch, List<KeyValuePair<string, Tensor>> terms)
    {
        Seed("teachers");
        var moment = new Moment(EpochOfPhase, State.StepsDone, _data.Train.Steps, IsPreliminary ? PreliminaryEpochs : _options.Epochs)
        {
            IsPreliminary = IsPreliminary,
        };
        var lesson = classroom.Method.Teach(batch, moment);
        Tensor? together = null;
        var answers = new List<NetworkOutput>();
        Account("", lesson.Terms);
        foreach (var student in lesson.IsForStudents ? _learnersOf[classroom] : [])
        {
            Seed(student.Name);
            var answer = student.Network.call(batch.Images);
            Account($"{student.Name}/", classroom.Method.Loss(lesson, batch, moment, student, answer));
            answers.Add(answer);
        }
        Account("", lesson.AfterStudents(answers));
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
        bool tests = epoch == Epochs || (_options.TestEvery > 0 && EpochOfPhase % _options.TestEvery == 0 && !IsPreliminary);
        var heldOut = Measure(IsPreliminary ? null : _data.HeldOut);
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
