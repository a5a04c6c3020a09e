using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Deep mutual learning (Zhang, Xiang, Hospedales, Lu 2018): several networks trained with each other's outputs. No expert.
/// </summary>
[MethodAbout("dml", "Deep mutual learning (DML)", "for each of M peers: H(y, z_i) + weight/(M − 1)·Σ_{j≠i} KL(stop(p_j) ‖ p_i)",
    "Zhang et al. 2018, arXiv 1706.00384; all step together, as in AberHu/Knowledge-Distillation-Zoo (the paper alternates)",
    Needs = "peers, trained beside the student")]
public sealed record DmlOptions : MethodOptions
{
    /// <summary>The networks that are trained beside the student, 1…16. Default one WRN-40-1.</summary>
    [Description("The networks that are trained beside the student."), MinLength(1), MaxLength(16)]
    public IReadOnlyList<NetworkSpec> Peers { get; init; } = [new() { Architecture = "wrn-40-1" }];

    /// <summary>The weight of the mutual term. Default 1.</summary>
    [Description("Weight of the mutual term."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.Any;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsNetworks => true;

    /// <inheritdoc/>
    public override void Check()
    {
        foreach (var peer in Peers)
            NetworkCatalogue.Check(peer);
    }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) =>
        new Dml(this, [.. Peers.Select((peer, i) => new Companion($"peer-{i + 1}", context.BuildCompanion(peer)))], context.Labelling);
}

/// <summary>Deep mutual learning of one student and its peers. A network's loss has no gradient with respect to the others.</summary>
/// <param name="options">The settings.</param>
/// <param name="peers">The peers.</param>
/// <param name="labelling">The number of labels of each image; with several, the softmax is that of <see cref="Outcomes"/>.</param>
public sealed class Dml(DmlOptions options, IReadOnlyList<Companion> peers, Labelling labelling = Labelling.One) : Method(options)
{
    private bool _hasStudent;

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => peers;

    /// <summary>1/(M − 1) · Σ_{j≠i} KL(stop(softmax(z_j)) ‖ softmax(z_i)), sum over the classes, mean over the images, in nats.</summary>
    /// <param name="own">z_i, N×K, or N×K×2 of <see cref="Outcomes"/>.</param>
    /// <param name="others">z_j of the M − 1 others, of the same shape; get no gradient.</param>
    public static Tensor Divergence(Tensor own, IReadOnlyList<Tensor> others)
    {
        var divergences = others.Select(other => Kd.Softened(own, other, 1, SoftenedReduction.BatchMean));
        return divergences.Aggregate((sum, next) => sum.Plus(next)).Over(others.Count);
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        if (_hasStudent)
        {
            throw new UserErrorException($"method dml teaches one student, but found a second one, '{student.Name}'; "
                + "list further networks as method.peers, or set its taught to false.");
        }
        _hasStudent = true;
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) =>
        new MutualLesson(options, labelling, step.Batch,
            [.. peers.Select(peer => (peer.Name, step.OutputOf((Network)peer.Module).Logits))]);

    private sealed class MutualLesson(
        DmlOptions options, Labelling labelling, Batch batch, IReadOnlyList<(string Name, Tensor Logits)> peers) : Lesson
    {
        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) =>
            [new("mutual", options.Weight, Mutual(output.Logits, peers.Select(peer => peer.Logits)))];

        public override IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> outputs) =>
        [
            .. from own in peers
               from term in Term.OfLabels(own.Name, 1, own.Logits, batch.Target).Append(Mutual(own, outputs))
               select term,
        ];

        private Term Mutual((string Name, Tensor Logits) own, IReadOnlyList<NetworkOutput> students)
        {
            var otherPeers = peers.Where(peer => peer.Name != own.Name).Select(peer => peer.Logits);
            var divergence = Mutual(own.Logits, [.. otherPeers, .. students.Select(student => student.Logits)]);
            return new Term("mutual", options.Weight, divergence) { Owner = own.Name };
        }

        private Tensor Mutual(Tensor own, IEnumerable<Tensor> others) =>
            Divergence(Outcomes.Of(own, labelling), [.. others.Select(other => Outcomes.Of(other, labelling))]);
    }
}
