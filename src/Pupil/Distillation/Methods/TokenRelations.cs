using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Equations;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Relations of tokens: the similarities between all positions of one image, the pair-wise distillation of Liu et al. (2019). Widths may
/// differ, and nothing is trained beside the student.
/// </summary>
[MethodAbout("token-relations", "Relations of tokens",
    "H(y, z_s) + weight·mean_N Σ_ij (cos(s_i, s_j) − cos(t_i, t_j))²/T², s, t: tokens or pixels of the last stage",
    "Liu et al. 2019, arXiv 1903.04197 (pair-wise distillation)")]
public sealed record TokenRelationsOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>The weight of the term. Default 10.</summary>
    [Description("Weight of the term."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 10;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new TokenRelations(this, context.RequiredExpert);
}

/// <summary>Relations of the last stages' tokens or pixels, pooled to the smaller size. No gradient reaches the expert.</summary>
public sealed class TokenRelations(TokenRelationsOptions options, Expert expert) : Method(options)
{
    /// <summary>mean_N Σ_ij (cos(s_i, s_j) − cos(t_i, t_j))² / T², over the T = H·W positions of each image.</summary>
    /// <param name="student">N×C×H×W.</param>
    /// <param name="teacher">N×C'×H×W; gets no gradient.</param>
    public static Tensor Distance(Tensor student, Tensor teacher) => functional.mse_loss(Relations(student), Relations(teacher.detach()));

    /// <inheritdoc/>
    public override void Enrol(Learner student) => StagePairs.Last(student.Network, expert);

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Stages;
        return Lesson.FromTerms((student, output) =>
        {
            var (own, teacher) = StagePairs.Last(student.Network, expert).Maps(output.Stages, expected);
            return [new("relations", options.Weight, Distance(own, teacher))];
        });
    }

    // N×T×T.
    private static Tensor Relations(Tensor map)
    {
        var tokens = map.flatten(2).transpose(1, 2);
        var directions = UnitVectors.FromRows(tokens.flatten(0, 1)).reshape(tokens.shape);
        return directions.bmm(directions.transpose(1, 2));
    }
}
