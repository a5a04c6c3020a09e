using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>Activation boundaries (Heo et al. 2019). Defaults are RepDistiller's.</summary>
[MethodAbout("ab", "Activation boundaries (AB)",
    "first 3/1000·Σ_stages 2^(i−n)·mean_N Σ_CHW hinge(r(a_s), a_t)², a pre-activations, r a connector; then H(y, z_s)",
    "Heo et al. 2019, arXiv 1811.03233; defaults of RepDistiller",
    Needs = "pre-activations, connectors, a phase before the main training")]
public sealed record AbOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages | TeacherParts.PreActivations;

    /// <summary>
    /// Epochs of the boundary term alone, before the main training. Default 30. At least 1: the main training has no term of this method.
    /// </summary>
    [Description("Epochs of the boundary term alone, before the main training."), Range(1, 100_000)]
    public int PreliminaryEpochs { get; init; } = 30;

    /// <summary>The learning rate of those epochs; null: the training's, without its schedule.</summary>
    [Description("The learning rate of those epochs; null: the training's."), Range(1e-9, 1000.0)]
    public double? PreliminaryRate { get; init; }

    /// <summary>The weight of the boundary term in those epochs. Default 1.</summary>
    [Description("Weight of the boundary term in those epochs."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 1;

    /// <summary>The least distance of a pre-activation from 0 at which the term is 0, on the side of the expert's. Default 1.</summary>
    [Description("Margin: the distance from 0 that a pre-activation should have, on the expert's side."), Range(0.0, 1e6)]
    public double Margin { get; init; } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => PreliminaryEpochs;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool LearnsInFirstPhaseOnly => true;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Ab(this, context.RequiredExpert);
}

/// <summary>
/// Before the main training, all of the student but its classifier is trained to activate the same neurons as the expert, in all pairs of
/// stages. The main training uses the labels alone. If the channels of a pair differ, a trained 1×1 convolution with batch-norm maps the
/// student's to the expert's. Maps of different size are average-pooled to the smaller one first.
/// </summary>
public sealed class Ab : Method
{
    private readonly AbOptions _options;
    private readonly Expert _expert;

    /// <summary>Makes the expert's outputs carry pre-activations.</summary>
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
    /// 3/1000 · Σ_i 2^(i−n) · <see cref="Hinge"/>_i / N, over n pairs of maps, i = 1…n: the last has weight 1, each other half of the next.
    /// </summary>
    /// <param name="maps">Pre-activations of student and teacher, N×C×H×W each, from the input on.</param>
    /// <param name="margin">The margin.</param>
    public static Tensor Boundaries(IReadOnlyList<(Tensor Found, Tensor Expected)> maps, double margin) =>
        maps.Select((pair, i) => Hinge(pair.Found, pair.Expected, margin)
                .Times(Math.Pow(2, i + 1 - maps.Count) * 3 / 1000 / pair.Found.shape[0]))
            .Aggregate((sum, next) => sum.Plus(next));

    /// <summary>Σ over all elements of max(0, m − s)² where t &gt; 0 (the neuron is active), and of max(0, m + s)² elsewhere.</summary>
    /// <param name="found">s, of any shape.</param>
    /// <param name="expected">t, of the same shape; gets no gradient.</param>
    /// <param name="margin">m.</param>
    public static Tensor Hinge(Tensor found, Tensor expected, double margin)
    {
        using TorchSharp.Scalar zero = 0;
        return (-found).where(expected.gt(zero), found).Plus(margin).relu().Squared().sum();
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        student.ShowPreActivations();
        foreach (var pair in StagePairs.Between(student.Network, _expert).Where(NeedsConnector))
            student.Train(NameOf(pair), AdaptingConvolution.Connector(pair.LearnerShape.Channels, pair.TeacherShape.Channels));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        if (!step.Moment.IsPreliminary)
            return Lesson.FromTerms((_, _) => []);
        var expected = step.OutputOf(_expert).Stages;
        return Lesson.FromTerms((student, output) =>
        [
            new("boundary", _options.Weight, Boundaries([.. ConnectedMaps(student, output.Stages, expected)], _options.Margin)),
        ]);
    }

    private IEnumerable<(Tensor Found, Tensor Expected)> ConnectedMaps(
        Learner student, IReadOnlyList<Feature> found, IReadOnlyList<Feature> expected) =>
        from pair in StagePairs.Between(student.Network, _expert) select Connected(student, pair, pair.PreActivations(found, expected));

    private static bool NeedsConnector(StagePair pair) => pair.LearnerShape.Channels != pair.TeacherShape.Channels;

    private static string NameOf(StagePair pair) => $"connector-{pair.LearnerShape.Name}";

    private static (Tensor Found, Tensor Expected) Connected(Learner student, StagePair pair, (Tensor Found, Tensor Expected) maps) =>
        NeedsConnector(pair) ? (student.Module<AdaptingConvolution>(NameOf(pair)).call(maps.Found), maps.Expected) : maps;
}
