using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Reporting.Descriptions;

/// <summary>
/// Finds out which outputs of which networks the terms of a classroom join. The networks' outputs are cut off from what made them, so that a gradient that
/// arrives at one was sent there by the term itself; then the method is asked again with one output changed at a time.
/// </summary>
/// <param name="rehearsal">The networks.</param>
/// <param name="classroom">Who is taught how; one of the rehearsal's.</param>
/// <param name="data">The images they were built for.</param>
/// <param name="epochs">Epochs of the training, whose last one is looked at.</param>
internal sealed class TermTracer(Rehearsal rehearsal, Classroom classroom, PreparedData data, int epochs)
{
    private const int Images = 8;
    private const double Different = 1e-6;
    private static readonly Place Labels = new(Place.Labels, "");

    private readonly IReadOnlyList<Learner> _learners = [.. rehearsal.LearnersOf(classroom)];

    private readonly IReadOnlyList<NamedNetwork> _companions =
        [.. classroom.Method.Companions.Where(companion => companion.Module is Network).Select(companion => new NamedNetwork(companion.Name, (Network)companion.Module))];

    // What the networks answered in the present round, cut off; in the order in which they were asked.
    private readonly List<(Place Place, Tensor Value)> _answered = [];
    private Place? _changed;

    /// <summary>The terms, those of the phase before the training proper first.</summary>
    public IReadOnlyList<TermDescription> Terms()
    {
        var hooks = new List<nn.Module<Tensor, NetworkOutput>.HookRemover>();
        foreach (var (name, network) in _companions)
            hooks.Add(network.register_forward_hook((_, _, output) => CutOff(name, output)));
        foreach (var (name, expert) in rehearsal.Experts)
        {
            foreach (var one in expert.Snapshots.Append(expert))
                one.Answered = answer => CutOff(name, answer);
        }
        try
        {
            var proper = new Moment(epochs, 0, 1, epochs);
            int before = classroom.Method.PreliminaryEpochs;
            return before == 0 ? Trace(proper) : [.. Trace(new Moment(1, 0, 1, before) { IsPreliminary = true }), .. Trace(proper)];
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            foreach (var one in rehearsal.Experts.Values.SelectMany(expert => expert.Snapshots.Append(expert)))
                one.Answered = null;
        }
    }

    private IReadOnlyList<TermDescription> Trace(Moment moment)
    {
        using var scope = NewDisposeScope();
        var memories = _learners.SelectMany(learner => learner.Memories.Values).Select(memory => (memory, start: memory.clone())).ToList();
        var (plain, places) = Ask(null);
        var rounds = places.Append(Labels).Select(place => (place, terms: Ask(place).Terms)).ToList();
        return [.. plain.Select((term, i) => new TermDescription(term.Learner, term.Name, term.Weight, moment.IsPreliminary,
            Links(term, [.. rounds.Select(round => (round.place, round.terms[i]))])))];

        (IReadOnlyList<Traced> Terms, IReadOnlyList<Place> Places) Ask(Place? changed)
        {
            foreach (var (memory, start) in memories)
                memory.copy_(start);
            _changed = changed;
            _answered.Clear();
            var terms = Answer(moment);
            return (terms, [.. _answered.Select(answer => answer.Place).Distinct()]);
        }
    }

    // One step of the training, without the step.
    private List<Traced> Answer(Moment moment)
    {
        using var generator = random.manual_seed(1);
        foreach (var network in classroom.Students.Concat(_companions))
            network.Network.train();
        var shape = data.InputShape;
        int classes = data.Splits.Train.Classes.Count;
        using var batch = new Batch(randn(Images, shape.Channels, shape.Height, shape.Width), tensor([.. Enumerable.Range(0, Images).Select(LabelOf)]), Images)
        {
            Indices = [.. Enumerable.Range(0, Math.Min(Images, data.Train.Count))],
        };
        var lesson = classroom.Method.Teach(batch, moment);
        var terms = new List<(string Learner, Term Term)>(lesson.Terms.Select(OfCompanion));
        var answers = new List<NetworkOutput>();
        foreach (var learner in lesson.IsForStudents ? _learners : [])
        {
            var answer = CutOff(learner.Name, learner.Network.call(batch.Images));
            terms.AddRange(classroom.Method.Loss(lesson, batch, moment, learner, answer).Select(term => (learner.Name, term)));
            answers.Add(answer);
        }
        terms.AddRange(lesson.AfterStudents(answers).Select(OfCompanion));
        return [.. terms.Select(entry => new Traced(entry.Learner, entry.Term.Name, entry.Term.Weight, entry.Term.Value.ToDouble(), Gradients(entry.Term.Value)))];

        long LabelOf(int image) => (image + (_changed == Labels ? 1 : 0)) % classes;

        (string, Term) OfCompanion(Term term)
        {
            string[] names = term.Name.Split('/', 2);
            return (names[0], term with { Name = names[1] });
        }
    }

    private Dictionary<Place, Tensor> Gradients(Tensor value)
    {
        var found = new Dictionary<Place, Tensor>();
        if (!value.requires_grad)
            return found;
        value.backward(retain_graph: true);
        foreach (var (place, output) in _answered.Where(answer => answer.Value.requires_grad))
        {
            if (output.grad is not { } gradient)
                continue;
            if (gradient.abs().max().ToDouble() > 0)
                found[place] = gradient.clone();
            gradient.zero_();
        }
        return found;
    }

    private static List<TermLink> Links(Traced term, IReadOnlyList<(Place Changed, Traced Term)> rounds)
    {
        Place[] moved = [.. term.Gradients.Keys.Where(place => place.Network == term.Learner)];
        var links = new List<TermLink>();
        foreach (var (teacher, other) in rounds.Where(round => round.Changed.Network != term.Learner))
        {
            Place[] partners = [.. moved.Where(place => Differ(term.Gradients[place], other.Gradients.GetValueOrDefault(place)))];
            bool isRead = partners.Length > 0 || Math.Abs(term.Value - other.Value) > Different * Math.Abs(term.Value);
            if (!isRead)
                continue;
            if (partners.Length == 0)
                partners = moved.Length > 0 ? moved : [new(term.Learner, "")];
            links.AddRange(partners.Select(place => new TermLink(place, teacher, term.Gradients.ContainsKey(teacher))));
        }
        if (links.Count == 0)
            links.AddRange(moved.Select(place => new TermLink(place, null, false)));
        return links;
    }

    private static bool Differ(Tensor one, Tensor? other) =>
        other is null || (one - other).abs().max().ToDouble() > Different * one.abs().max().ToDouble();

    // An expert computes nothing but its answer: its outputs take no gradient. The others' do, each for itself.
    private NetworkOutput CutOff(string name, NetworkOutput answer)
    {
        bool isFrozen = rehearsal.Experts.ContainsKey(name);
        return new NetworkOutput(answer.HasLogits ? Cut(answer.Logits, new(name, Place.Logits)) : null,
            answer.HasEmbedding ? Cut(answer.Embedding, new(name, Place.Embedding)) : null, [.. answer.Stages.Select(StageOf)]);

        Stage StageOf(Stage stage)
        {
            var map = Cut(stage.Map, new(name, stage.Name));
            var before = stage.PreActivation is null || ReferenceEquals(stage.PreActivation, stage.Map) ? map
                : Cut(stage.PreActivation, new(name, stage.Name) { IsBeforeReLU = true });
            return new Stage(stage.Name, map) { PreActivation = stage.PreActivation is null ? null : before };
        }

        Tensor Cut(Tensor value, Place place)
        {
            using var noGradient = no_grad();
            var own = value.detach().clone();
            // Nothing random, which would change what others draw.
            if (place == _changed)
                own.add_(arange(own.numel(), dtype: own.dtype).sin().view(own.shape));
            own.requires_grad_(!isFrozen);
            _answered.Add((place, own));
            return own;
        }
    }

    private sealed record Traced(string Learner, string Name, double Weight, double Value, Dictionary<Place, Tensor> Gradients);
}
