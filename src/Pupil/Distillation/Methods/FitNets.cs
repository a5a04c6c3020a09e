using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Adapters;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>FitNets (Romero et al. 2015): a regressor maps a stage of the student to the expert's, at the least squared distance.</summary>
[MethodAbout("fitnets", "FitNets", "H(y, z_s) + weight·mean (r(A_s) − A_t)², r a convolution with batch-norm and ReLU",
    "Romero et al. 2015, arXiv 1412.6550; the one-phase form and defaults of HobbitLong/RepDistiller", Needs = "a regressor")]
public sealed record FitNetsOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>The weight of the hint, the regression term. Default 100.</summary>
    [Description("Weight of the hint, the regression term."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 100;

    /// <summary>The name of the student's stage that is regressed; null: the middle one.</summary>
    [Description("Name of the student's stage that is regressed; null: the middle one."), MinLength(1)]
    public string? Stage { get; init; }

    /// <summary>
    /// Epochs of the paper's first phase, which trains with the hint alone; the main training then has no hint. Default 0: the hint and the
    /// labels together throughout.
    /// </summary>
    [Description("Epochs of a first phase with the hint alone, as in the paper, and none after it; 0: hint and labels together "
        + "throughout."),
        Range(0, 100_000)]
    public int PreliminaryEpochs { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => PreliminaryEpochs;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool LearnsInFirstPhaseOnly => PreliminaryEpochs > 0;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new FitNets(this, context.RequiredExpert);
}

/// <summary>FitNets. No gradient reaches the expert.</summary>
public sealed class FitNets(FitNetsOptions options, Expert expert) : Method(options)
{
    private const string Name = "regressor";

    /// <summary>mean over all elements of (r(A_s) − A_t)².</summary>
    /// <param name="regressed">r(A_s), N×C×H×W.</param>
    /// <param name="teacher">A_t, N×C×H×W; gets no gradient.</param>
    public static Tensor Hint(Tensor regressed, Tensor teacher) => functional.mse_loss(regressed, teacher.detach());

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        var pair = Pair(student);
        student.Train(Name, AdaptingConvolution.Fitting(pair.LearnerShape, pair.TeacherShape, rectifies: true));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        if (options.PreliminaryEpochs > 0 && !step.Moment.IsPreliminary)
            return Lesson.FromTerms((_, _) => []);
        var expected = step.OutputOf(expert).Stages;
        return Lesson.FromTerms((student, output) =>
        {
            var pair = Pair(student);
            var regressed = student.Module<AdaptingConvolution>(Name).call(output.Stages[pair.Learner].Map);
            return [new("hint", options.Weight, Hint(regressed, expected[pair.Teacher].Map))];
        });
    }

    private StagePair Pair(Learner student)
    {
        var pairs = StagePairs.Between(student.Network, expert, options.Stage is null ? null : [options.Stage]);
        return pairs[pairs.Count / 2];
    }
}
