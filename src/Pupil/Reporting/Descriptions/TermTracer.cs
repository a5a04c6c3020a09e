using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Training;
using Pupil.Training.Computing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Reporting.Descriptions;

/// <summary>
/// Finds the outputs of networks that the terms of a training step join. The outputs are detached from their networks, so that a
/// gradient at an output comes from the term directly. Then the step is computed again with one output changed at a time.
/// </summary>
internal sealed class TermTracer
{
    private const int Images = 8;
    private const double Different = 1e-6;
    private static readonly Place Labels = new(Place.Labels, "");

    private readonly TrainingStep _step;
    private readonly PreparedData _data;
    private readonly int _epochs;
    private readonly CuttingExecution _execution;

    /// <summary>Makes a tracer of a step.</summary>
    /// <param name="experts">The experts by name; they may have snapshots.</param>
    /// <param name="step">The training step.</param>
    /// <param name="data">The images for which the networks were built.</param>
    /// <param name="epochs">The number of epochs of the training, whose last one is traced.</param>
    public TermTracer(IReadOnlyDictionary<string, Expert> experts, TrainingStep step, PreparedData data, int epochs)
    {
        (_step, _data, _epochs) = (step, data, epochs);
        var names = new Dictionary<object, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, network) in step.Networks)
            names.Add(network, name);
        foreach (var (name, expert) in experts)
        {
            foreach (var one in expert.Snapshots.Append(expert))
                names.Add(one, name);
        }
        _execution = new CuttingExecution(names);
    }

    /// <summary>Returns the terms, those of the preliminary phase first.</summary>
    public IReadOnlyList<TermDescription> Terms()
    {
        int before = _step.PreliminaryEpochs;
        var proper = Trace(before + 1, new Moment(_epochs, 0, 1, _epochs));
        return before == 0 ? proper : [.. Trace(1, new Moment(1, 0, 1, before) { IsPreliminary = true }), .. proper];
    }

    private IReadOnlyList<TermDescription> Trace(int epoch, Moment moment)
    {
        using var scope = NewDisposeScope();
        var memories = _step.Memories.Select(memory => (memory: memory.Value, start: memory.Value.clone())).ToList();
        var (plain, places) = Compute(null);
        var rounds = places.Append(Labels).Select(place => (place, terms: Compute(place).Terms)).ToList();
        return [.. plain.Select((term, i) => new TermDescription(term.Name, term.Weight, moment.IsPreliminary,
            Links(term, [.. rounds.Select(round => (round.place, round.terms[i]))])))];

        (IReadOnlyList<Traced> Terms, IReadOnlyList<Place> Places) Compute(Place? changed)
        {
            foreach (var (memory, start) in memories)
                memory.copy_(start);
            var terms = Once(changed);
            return (terms, [.. _execution.Cuts.Select(cut => cut.Place).Distinct()]);
        }

        List<Traced> Once(Place? changed)
        {
            using var generator = random.manual_seed(1);
            using var batch = RandomBatch(labelShift: changed == Labels ? 1 : 0);
            _execution.Restart(changed);
            return [.. from term in _step.Trace(batch, epoch, moment, _execution)
                       select new Traced(term.FullName, term.Weight, term.Value.ToDouble(), _execution.Gradients(term.Value))];
        }
    }

    private Batch RandomBatch(int labelShift)
    {
        var shape = _data.InputShape;
        int classes = _data.Splits.Train.Classes.Count;
        var labels = tensor([.. Enumerable.Range(0, Images).Select(image => (long)((image + labelShift) % classes))]);
        Target target = _data.Splits.Train.Labelling == Labelling.One ? new HardTarget(labels)
            : new LabelSetTarget(nn.functional.one_hot(labels, classes).to_type(ScalarType.Float32));
        return new Batch(randn(Images, shape.Channels, shape.Height, shape.Width), target, Images)
        {
            Indices = [.. Enumerable.Range(0, Math.Min(Images, _data.Train.Count))],
        };
    }

    private static List<TermLink> Links(Traced term, IReadOnlyList<(Place Changed, Traced Term)> rounds)
    {
        Place[] moved = [.. term.Gradients.Keys.Where(place => place.Network == term.Name.Owner)];
        var links = new List<TermLink>();
        foreach (var (teacher, other) in rounds.Where(round => round.Changed.Network != term.Name.Owner))
        {
            Place[] partners = [.. moved.Where(place => Differ(term.Gradients[place], other.Gradients.GetValueOrDefault(place)))];
            bool isRead = partners.Length > 0 || Math.Abs(term.Value - other.Value) > Different * Math.Abs(term.Value);
            if (!isRead)
                continue;
            if (partners.Length == 0)
                partners = moved.Length > 0 ? moved : [new(term.Name.Owner, "")];
            links.AddRange(partners.Select(place => new TermLink(place, teacher, term.Gradients.ContainsKey(teacher))));
        }
        if (links.Count == 0)
            links.AddRange(moved.Select(place => new TermLink(place, null, false)));
        return links;
    }

    private static bool Differ(Tensor one, Tensor? other) =>
        other is null || (one - other).abs().max().ToDouble() > Different * one.abs().max().ToDouble();

    // Computes forward passes and detaches every output from its network.
    private sealed class CuttingExecution(IReadOnlyDictionary<object, string> names) : Execution
    {
        private readonly List<(Place Place, Tensor Value)> _cuts = [];
        private Place? _changed;

        // The outputs of the current round, in the order of their computation.
        public IReadOnlyList<(Place Place, Tensor Value)> Cuts => _cuts;

        public void Restart(Place? changed)
        {
            _changed = changed;
            _cuts.Clear();
        }

        public override NetworkOutput Forward(Network network, Tensor images) =>
            CutOff(names[network], network.call(images), takesGradient: true);

        // An expert's output takes no gradient.
        public override NetworkOutput Forward(Expert expert, Tensor images) =>
            CutOff(names[expert], expert.Forward(images), takesGradient: false);

        public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters) => loss.backward(retain_graph: true);

        // Returns the gradient of a term at each output; clears the gradients of the outputs.
        public Dictionary<Place, Tensor> Gradients(Tensor value)
        {
            var found = new Dictionary<Place, Tensor>();
            if (!value.requires_grad)
                return found;
            Backward(value, []);
            foreach (var (place, output) in _cuts.Where(cut => cut.Value.requires_grad))
            {
                if (output.grad is not { } gradient)
                    continue;
                if (gradient.abs().max().ToDouble() > 0)
                    found[place] = gradient.clone();
                gradient.zero_();
            }
            return found;
        }

        private NetworkOutput CutOff(string name, NetworkOutput output, bool takesGradient)
        {
            return new NetworkOutput(output.HasLogits ? Cut(output.Logits, new(name, Place.Logits)) : null,
                output.HasEmbedding ? Cut(output.Embedding, new(name, Place.Embedding)) : null, [.. output.Stages.Select(StageOf)]);

            Feature StageOf(Feature stage) => stage.With(value => Cut(value, new(name, stage.Name)),
                before => Cut(before, new(name, stage.Name) { IsBeforeReLU = true }));

            Tensor Cut(Tensor value, Place place)
            {
                using var noGradient = no_grad();
                var own = value.detach().clone();
                // Not random: random numbers would change those drawn later.
                if (place == _changed)
                    own.PlusInPlace(tensor(Enumerable.Range(0, (int)own.numel()).Select(i => Math.Sin(i)).ToArray(), own.shape, own.dtype));
                own.requires_grad_(takesGradient);
                _cuts.Add((place, own));
                return own;
            }
        }
    }

    private sealed record Traced(TermName Name, double Weight, double Value, Dictionary<Place, Tensor> Gradients);
}
