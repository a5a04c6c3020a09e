using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>Deep mutual learning (Zhang, Xiang, Hospedales, Lu 2018): networks that all learn from the labels and from each other. No expert.</summary>
[MethodAbout("dml", "Deep mutual learning (DML)", "for each of M peers: H(y, z_i) + weight/(M − 1)·Σ_{j≠i} KL(stop(p_j) ‖ p_i)",
    "Zhang et al. 2018, arXiv 1706.00384; all step together, as in AberHu/Knowledge-Distillation-Zoo (the paper alternates)", Needs = "peers, trained beside the student")]
public sealed record DmlOptions : MethodOptions
{
    /// <summary>The student's peers. Default one WRN-40-1.</summary>
    [Description("The networks that learn beside the student, from it and from each other."), MinLength(1), MaxLength(16)]
    public IReadOnlyList<NetworkSpec> Peers { get; init; } = [new() { Architecture = "wrn-40-1" }];

    /// <summary>The weight of what is learnt from the others. Default 1.</summary>
    [Description("Weight of what is learnt from the others."), Range(0.0, 1e6)]
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
    public override Method Create(MethodContext setting) =>
        new Dml(this, [.. Peers.Select((peer, i) => new Companion($"peer-{i + 1}", setting.BuildCompanion(peer)))]);
}

/// <summary>Deep mutual learning of one student and its peers. Nobody's loss sends a gradient into another.</summary>
public sealed class Dml(DmlOptions options, IReadOnlyList<Companion> peers) : Method(options)
{
    private bool _hasStudent;

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => peers;

    /// <summary>1/(M − 1) · Σ_{j≠i} KL(stop(softmax(z_j)) ‖ softmax(z_i)), sum over the classes, mean over the images, in nats.</summary>
    /// <param name="own">z_i, N×K.</param>
    /// <param name="others">z_j of the M − 1 others, N×K each; get no gradient.</param>
    public static Tensor Divergence(Tensor own, IReadOnlyList<Tensor> others) =>
        others.Select(other => Kd.Softened(own, other, 1, SoftenedReduction.BatchMean)).Aggregate((sum, next) => sum.Plus(next)).Over(others.Count);

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        if (_hasStudent)
            throw new UserErrorException($"method dml teaches one student, but '{student.Name}' is another; list further networks as method.peers, or leave it untaught.");
        _hasStudent = true;
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) =>
        new MutualLesson(options, step.Batch, [.. peers.Select(peer => (peer.Name, step.OutputOf((Network)peer.Module).Logits))]);

    private sealed class MutualLesson(DmlOptions options, Batch batch, IReadOnlyList<(string Name, Tensor Logits)> peers) : Lesson
    {
        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput answer) =>
            [new("mutual", options.Weight, Divergence(answer.Logits, [.. peers.Select(peer => peer.Logits)]))];

        public override IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> answers) =>
        [
            .. from own in peers
               let others = peers.Where(peer => peer.Name != own.Name).Select(peer => peer.Logits).Concat(answers.Select(answer => answer.Logits)).ToList()
               from term in Term.OfLabels(own.Name, 1, own.Logits, batch.Target)
                   .Append(new("mutual", options.Weight, Divergence(own.Logits, others)) { Owner = own.Name })
               select term,
        ];
    }
}
