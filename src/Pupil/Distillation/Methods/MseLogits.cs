using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>Logit regression (Ba and Caruana 2014): the squared distance of the student's logits from the teacher's.</summary>
[MethodAbout("mse-logits", "Logit regression", "H(y, z_s) + weight·mean_N,K (z_s − z_t)²",
    "Ba and Caruana 2014, arXiv 1312.6184; weight of AberHu/Knowledge-Distillation-Zoo")]
public sealed record MseLogitsOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>The weight of the squared distance, mean over images and classes. Default 0.1.</summary>
    [Description("Weight of the squared distance of the logits, mean over images and classes."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 0.1;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new MseLogits(this, context.RequiredExpert);
}

/// <summary>Logit regression. No gradient reaches the expert.</summary>
public sealed class MseLogits(MseLogitsOptions options, Expert expert) : Method(options)
{
    /// <summary>mean_N,K (z_s − z_t)².</summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    public static Tensor Distance(Tensor student, Tensor teacher) => functional.mse_loss(student, teacher.detach());

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Logits;
        return Lesson.FromTerms((_, output) => [new("logits", options.Weight, Distance(output.Logits, expected))]);
    }
}
