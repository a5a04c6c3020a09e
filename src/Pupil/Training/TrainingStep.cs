using Pupil.Core;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>A network with its name in records.</summary>
/// <param name="Name">The name; unique in a training.</param>
/// <param name="Network">The network.</param>
internal sealed record NamedNetwork(string Name, Network Network)
{
    /// <summary>Its tensors that come from a file; null if all weights are new.</summary>
    public PretrainedBody? Body { get; init; }
}

/// <summary>The students of one method.</summary>
/// <param name="Method">The method with its teachers.</param>
/// <param name="Students">The students.</param>
internal sealed record Classroom(Method Method, IReadOnlyList<NamedNetwork> Students)
{
    /// <summary>Whether the students are taught; otherwise they train on labels alone, for comparison. Default true.</summary>
    public bool IsTaught { get; init; } = true;
}

/// <summary>
/// The one training step: forward passes of teachers and students, losses, backward passes. Trainer, benchmark and tracer of terms use it;
/// nothing else computes a gradient. It knows no method by name.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly IReadOnlyList<Classroom> _classrooms;
    private readonly long _seed;
    private readonly Execution _execution;
    private readonly IReadOnlyList<Learner> _learners;
    private readonly ILookup<Classroom, Learner> _learnersOf;
    private readonly FrozenBodies _frozen;
    private ILookup<string, Tensor>? _parametersOf;

    /// <summary>Enrols the students with their methods. All networks are already on the batches' device.</summary>
    /// <param name="classrooms">The students of each method; all use the same batches.</param>
    /// <param name="seed">The seed of randomness inside networks (dropout) and of adapters' initial weights.</param>
    /// <param name="execution">Computes the passes; null: this process alone.</param>
    /// <exception cref="UserErrorException">A method cannot teach one of its students.</exception>
    public TrainingStep(IReadOnlyList<Classroom> classrooms, long seed, Execution? execution = null)
    {
        (_classrooms, _seed, _execution) = (classrooms, seed, execution ?? SingleProcess.Instance);
        var enrolled = from classroom in classrooms
                       from student in classroom.Students
                       select (classroom, learner: Enrol(classroom.Method, student));
        _learnersOf = enrolled.ToLookup(entry => entry.classroom, entry => entry.learner);
        _learners = [.. _learnersOf.SelectMany(learners => learners)];
        PreliminaryEpochs = classrooms.Max(classroom => classroom.Method.PreliminaryEpochs);
        var companions = classrooms.SelectMany(classroom => classroom.Method.Companions).ToList();
        // A network does so itself.
        foreach (var companion in companions.Where(companion => companion.Module is not Network))
            Convolutions.LayOut(companion.Module);
        Networks =
        [
            .. classrooms.SelectMany(classroom => classroom.Students),
            .. from companion in companions
               where companion.Module is Network
               select new NamedNetwork(companion.Name, (Network)companion.Module),
        ];
        _frozen = new FrozenBodies(Networks);
        Extras =
        [
            .. from companion in companions
               where companion.Module is not Network
               select KeyValuePair.Create(companion.Name, companion.Module),
            .. from learner in _learners
               from module in learner.Modules
               select KeyValuePair.Create(Beside(learner, module.Key), module.Value),
        ];
    }

    /// <summary>Epochs of the methods' preliminary phase.</summary>
    public int PreliminaryEpochs { get; }

    /// <summary>The networks that are trained: the students, then the methods' companions.</summary>
    public IReadOnlyList<NamedNetwork> Networks { get; }

    /// <summary>Other modules that are trained, by name, such as the methods' adapters.</summary>
    public IReadOnlyList<KeyValuePair<string, nn.Module>> Extras { get; }

    /// <summary>
    /// All parameters that this training changes, by name. A shared convolution has one handle and comes once.
    /// </summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Parameters => AllParameters.DistinctBy(entry => entry.Value.Handle);

    private IEnumerable<KeyValuePair<string, Tensor>> AllParameters =>
        from module in Networks.Where(network => _execution.Trains(network.Network))
            .Select(network => KeyValuePair.Create(network.Name, (nn.Module)network.Network)).Concat(Extras)
        from parameter in module.Value.named_parameters()
        select KeyValuePair.Create($"{module.Key}/{parameter.name}", (Tensor)parameter.parameter);

    /// <summary>The factors of the learning rate of the parameters that come from a file, by name.</summary>
    internal IReadOnlyDictionary<string, double> RateFactors => (
        from network in Networks
        from parameter in network.Network.named_parameters()
        where network.Body?.Holds(parameter.name) == true
        select KeyValuePair.Create($"{network.Name}/{parameter.name}", network.Body!.RateFactor)).ToDictionary();

    /// <summary>Whether a tensor comes from a file and keeps its value in an epoch.</summary>
    /// <param name="name">Its name, <c>network/tensor</c>.</param>
    /// <param name="epoch">1, 2, 3 …, with preliminary epochs.</param>
    internal bool IsFixed(string name, int epoch) => _frozen.Fix(name, epoch);

    /// <summary>The tensors that the methods keep between steps, for checkpoints.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> Memories =>
        from learner in _learners
        from memory in learner.Memories
        select KeyValuePair.Create(Beside(learner, memory.Key), memory.Value);

    /// <summary>The students with their adapters and memories.</summary>
    internal IReadOnlyList<Learner> Learners => _learners;

    /// <summary>The methods' learning rate in the preliminary phase; null: the training's own.</summary>
    internal double? PreliminaryRate => _classrooms.Max(classroom => classroom.Method.PreliminaryRate);

    /// <summary>Adds the gradients of all terms to the parameters of the networks.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="epoch">1, 2, 3 …, with preliminary epochs; random numbers inside networks depend on it and the step.</param>
    /// <param name="moment">The position in the phase.</param>
    /// <param name="hasOvertaken">Whether a student leaves out the terms that follow an expert, by its name; null: none does.</param>
    /// <returns>The terms' values, read from the device once.</returns>
    public IReadOnlyList<KeyValuePair<TermName, double>> Run(
        Batch batch, int epoch, Moment moment, Func<string, bool>? hasOvertaken = null)
    {
        using var scope = NewDisposeScope();
        using var step = _execution.Begin(batch);
        var terms = Compute(batch, epoch, moment, _execution, Backward, hasOvertaken);
        _execution.AverageGradients([.. ParametersOf.SelectMany(owner => owner)]);
        using var noGradient = no_grad();
        var values = stack(terms.Select(term => term.Value.detach().to_type(ScalarType.Float64))).cpu().data<double>();
        var means = _execution.Average([.. values]);
        return [.. terms.Select((term, i) => KeyValuePair.Create(term.FullName, means[i]))];

        void Backward(Tensor loss, IReadOnlyCollection<string> owners) =>
            _execution.Backward(loss, [.. owners.SelectMany(owner => ParametersOf[owner])]);
    }

    // By the network whose loss they are part of, with those of its adapters; those that several networks share by no name.
    private ILookup<string, Tensor> ParametersOf => _parametersOf ??= AllParameters
        .Select(entry => (Owner: entry.Key[..entry.Key.IndexOfAny(['+', '/'])], entry.Value))
        .GroupBy(entry => entry.Value.Handle)
        .ToLookup(same => same.DistinctBy(entry => entry.Owner).Count() == 1 ? same.First().Owner : "", same => same.First().Value);

    /// <summary>Computes the terms without a backward pass; gradients can be computed from their values.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="epoch">See <see cref="Run"/>.</param>
    /// <param name="moment">The position in the phase.</param>
    /// <param name="execution">Computes the passes in place of the step's own.</param>
    internal IReadOnlyList<Term> Trace(Batch batch, int epoch, Moment moment, Execution execution) =>
        Compute(batch, epoch, moment, execution, (_, _) => { }, null);

    /// <summary>Disposes of the methods' modules and memories. Networks belong to their builders.</summary>
    public void Dispose()
    {
        foreach (var learner in _learners)
            learner.Dispose();
        foreach (var companion in _classrooms.SelectMany(classroom => classroom.Method.Companions))
        {
            if (companion.Module is not Network)
                companion.Module.Dispose();
        }
    }

    private List<Term> Compute(
        Batch batch, int epoch, Moment moment, Execution execution, Action<Tensor, IReadOnlyCollection<string>> backward,
        Func<string, bool>? hasOvertaken)
    {
        foreach (var network in Networks)
            network.Network.train();
        foreach (var (_, module) in Extras)
            module.train();
        _frozen.Apply(epoch);
        var terms = new List<Term>();
        foreach (var classroom in _classrooms.Where(classroom => epoch > PreliminaryEpochs - classroom.Method.PreliminaryEpochs))
            Teach(classroom, new StepInput(batch, moment, execution), epoch, execution, terms, backward, hasOvertaken);
        return terms;
    }

    private void Teach(Classroom classroom, StepInput input, int epoch, Execution execution, List<Term> terms,
        Action<Tensor, IReadOnlyCollection<string>> backward, Func<string, bool>? hasOvertaken)
    {
        Seed(epoch, input.Moment.Step, "teachers");
        var method = classroom.Method;
        var lesson = method.Begin(input);
        Tensor? together = null;
        var owners = new HashSet<string>();
        var outputs = new List<NetworkOutput>();
        Account([.. method.Weighted(lesson.Terms, input.Moment)]);
        foreach (var student in lesson.IsForStudents ? _learnersOf[classroom] : [])
        {
            Seed(epoch, input.Moment.Step, student.Name);
            var output = execution.Forward(student.Network, input.Batch.Images);
            var loss = method.Loss(lesson, input, student, output);
            var own = hasOvertaken?.Invoke(student.Name) == true ? loss.Where(term => !term.IsOfExpert).ToList() : [];
            // A student that learns from the expert alone stays with it.
            Account(own.Any(term => term.Weight > 0) ? own : loss);
            outputs.Add(output);
        }
        Account([.. method.Weighted(lesson.AfterStudents(outputs), input.Moment)]);
        if (together is not null)
            Back(together, owners);

        // One backward pass for each owner, as soon as its terms are known, frees the memory of one network before the next needs its own.
        void Account(IReadOnlyList<Term> found)
        {
            if (found.Count == 0)
                return;
            if (found.FirstOrDefault(term => term.Owner.Length == 0) is { } unowned)
            {
                throw new InvalidOperationException(
                    $"{method.GetType().Name}: the term '{unowned.Name}' has no owner; name the companion whose loss it is part of.");
            }
            terms.AddRange(found);
            var loss = found.Select(term => term.Weighted()).Aggregate((sum, next) => sum.Plus(next));
            if (!lesson.StudentsMoveTeachers)
            {
                Back(loss, found.Select(term => term.Owner).ToHashSet());
                return;
            }
            owners.UnionWith(found.Select(term => term.Owner));
            together = together is null ? loss : together.Plus(loss);
        }

        // A loss has no gradient if all weights of its networks are fixed.
        void Back(Tensor loss, IReadOnlyCollection<string> owners)
        {
            if (loss.requires_grad)
                backward(loss, owners);
        }
    }

    // Random numbers inside networks (dropout) depend on the step and on the network: a student's do not depend on other students. Each
    // process draws its own for its images.
    private void Seed(int epoch, int step, string network)
    {
        long place = ((long)epoch << 32) | (uint)step;
        string key = _execution.Processes.Rank is > 0 and int rank ? $"{network}/{rank}" : network;
        var stream = RandomStream.FromKey(RandomStream.Purpose.Step, _seed, place, RandomStream.KeyOf(key));
        using var generator = random.manual_seed((long)stream.Next());
    }

    // Students of one architecture get equal initial adapters.
    private Learner Enrol(Method method, NamedNetwork student)
    {
        using var generator = random.manual_seed((long)RandomStream.FromKey(RandomStream.Purpose.Initialization, _seed,
            RandomStream.KeyOf($"adapters/{student.Network.Spec.Architecture}")).Next());
        var learner = new Learner(student.Name, student.Network);
        method.Enrol(learner);
        return learner;
    }

    // No student's name contains '+'.
    private static string Beside(Learner learner, string name) => $"{learner.Name}+{name}";
}
