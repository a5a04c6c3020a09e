using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>Activation boundaries (Heo et al. 2019). Defaults are RepDistiller's.</summary>
[MethodAbout("ab", "Activation boundaries (AB)",
    "first 3/1000·Σ_stages 2^(i−n)·mean_N Σ_CHW hinge(r(a_s), a_t)², a pre-activations, r a connector; then H(y, z_s)",
    "Heo et al. 2019, arXiv 1811.03233; defaults of RepDistiller",
    Needs = "pre-activations, connectors, a phase before the training proper")]
public sealed record AbOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages | TeacherParts.PreActivations;

    /// <summary>
    /// Epochs in which the student learns the boundaries alone, before the training proper. Default 30; without any the method would teach
    /// nothing.
    /// </summary>
    [Description("Epochs of learning the boundaries alone, before the training proper."), Range(1, 100_000)]
    public int PreliminaryEpochs { get; init; } = 30;

    /// <summary>The learning rate of those epochs; null: the training's, without its schedule.</summary>
    [Description("The learning rate of those epochs; null: the training's."), Range(1e-9, 1000.0)]
    public double? PreliminaryRate { get; init; }

    /// <summary>The weight of the boundaries in those epochs. Default 1.</summary>
    [Description("Weight of the boundaries in those epochs."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 1;

    /// <summary>How far a pre-activation should be from 0, on the side where the expert's is. Default 1.</summary>
    [Description("How far from 0 a pre-activation should be, on the expert's side."), Range(0.0, 1e6)]
    public double Margin { get; init; } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => PreliminaryEpochs;

    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Ab(this, setting.RequiredExpert);
}

/// <summary>
/// Before the training proper the student learns which neurons of the expert are active, in all pairs of stages; afterwards the labels
/// alone. Where a pair has as many channels on both sides the neurons are compared as they are; else a 1×1 convolution with batch-norm,
/// trained along, leads from the student's to the expert's. Maps of different size are average-pooled to the smaller one first. All of the
/// student but its classifier learns.
/// </summary>
public sealed class Ab : Method
{
    private readonly AbOptions _options;
    private readonly Expert _expert;

    /// <summary>Has the expert show its pre-activations.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="expert">The expert.</param>
    public Ab(AbOptions options, Expert expert) : base(options)
    {
        (_options, _expert) = (options, expert);
        expert.ShowPreActivations();
    }

    /// <inheritdoc/>
    public override double? PreliminaryRate => _options.PreliminaryRate;

    /// <summary>
    /// 3/1000 · Σ_i 2^(i−n) · <see cref="Hinge"/>_i / N, over n pairs of maps, i = 1…n: the last counts whole, each before it half as much
    /// as the next.
    /// </summary>
    /// <param name="maps">Pre-activations of student and teacher, N×C×H×W each, from the input on.</param>
    /// <param name="margin">The margin.</param>
    public static Tensor Boundaries(IReadOnlyList<(Tensor Found, Tensor Expected)> maps, double margin) =>
        maps.Select((pair, i) => Hinge(pair.Found, pair.Expected, margin).Times(Math.Pow(2, i + 1 - maps.Count) * 3 / 1000 / pair.Found.shape[0]))
            .Aggregate((sum, next) => sum.Plus(next));

    /// <summary>Σ over all elements of max(0, m − s)² where t &gt; 0 (the neuron is active), and of max(0, m + s)² elsewhere.</summary>
    /// <param name="found">s, of any shape.</param>
    /// <param name="expected">t, of the same shape; gets no gradient.</param>
    /// <param name="margin">m.</param>
    public static Tensor Hinge(Tensor found, Tensor expected, double margin)
    {
        using TorchSharp.Scalar distance = margin, zero = 0;
        return (-found).where(expected.gt(zero), found).add(distance).relu().square().sum();
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        student.ShowPreActivations();
        foreach (var pair in StagePairs.Of(student.Network, _expert).Where(NeedsConnector))
            student.Train(NameOf(pair), AdaptingConvolution.Connector(pair.LearnerShape.Channels, pair.TeacherShape.Channels));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        if (!step.Moment.IsPreliminary)
            return Lesson.Of((_, _) => []);
        var expected = step.OutputOf(_expert).Stages;
        return Lesson.Of((student, answer) =>
        [
            new("boundary", _options.Weight, Boundaries(
                [.. from pair in StagePairs.Of(student.Network, _expert) select Connected(student, pair, pair.PreActivations(answer.Stages, expected))],
                _options.Margin)),
        ]);
    }

    private static bool NeedsConnector(StagePair pair) => pair.LearnerShape.Channels != pair.TeacherShape.Channels;

    private static string NameOf(StagePair pair) => $"connector-{pair.LearnerShape.Name}";

    private static (Tensor Found, Tensor Expected) Connected(Learner student, StagePair pair, (Tensor Found, Tensor Expected) maps) =>
        NeedsConnector(pair) ? (student.Module<AdaptingConvolution>(NameOf(pair)).call(maps.Found), maps.Expected) : maps;
}
