using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>What the softened term of knowledge distillation is averaged over.</summary>
public enum SoftenedReduction
{
    /// <summary>The sum over the classes, mean over the images: the divergence as written; weight α·T².</summary>
    BatchMean,

    /// <summary>
    /// The mean over images and classes; weight 2·α·T². What the released code (and Rocket Launching's) computes with its old
    /// PyTorch: K/2 times weaker than <see cref="BatchMean"/>.
    /// </summary>
    ElementMean,
}

/// <summary>Knowledge distillation (Hinton, Vinyals, Dean 2015): the student also learns the expert's softened answers.</summary>
[MethodAbout("kd", "Knowledge distillation", "(1 − α)·H(y, z_s) + α·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T))",
    "Hinton, Vinyals, Dean 2015, arXiv 1503.02531; standardised logits: Sun et al. 2024, arXiv 2403.01427")]
public sealed record KdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>α, the share of the softened term; 1 − α goes to the labels. Default 0.9.</summary>
    [Description("The share of the expert's softened answers; the rest goes to the labels."), Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.9;

    /// <summary>T, by which both logits are divided before the softmax. Default 4.</summary>
    [Description("What logits are divided by before the softmax."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <summary>The weight of the softened term in place of α, so that labels and teacher are weighted apart; null: α. It is multiplied by T² in any case.</summary>
    [Description("Weight of the softened term, times T²; null: alpha."), Range(0.0, 1e6)]
    public double? Weight { get; init; }

    /// <summary>Whether both logits are standardised first (Sun et al. 2024; theirs: T 2, weight 9, labelWeight 0.1). Default false.</summary>
    [Description("Whether both networks' logits are standardised before the softmax (logit standardisation; its authors take temperature 2, weight 9, labelWeight 0.1).")]
    public bool StandardizeLogits { get; init; }

    /// <summary>What the softened term is averaged over. Default <see cref="SoftenedReduction.BatchMean"/>.</summary>
    [Description("batch-mean: sum over classes, mean over images (as written). element-mean: the old code's mean over both, weight 2·alpha·T².")]
    public SoftenedReduction Reduction { get; init; }

    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Kd(this, setting.RequiredExpert);
}

/// <summary>L = (1 − α)·H(y, z) + α·T²·KL(softmax(z_expert/T) ‖ softmax(z/T)). No gradient reaches the expert.</summary>
public sealed class Kd(KdOptions options, Expert expert) : Method(options)
{
    /// <inheritdoc/>
    public override double LabelWeight => options.LabelWeight ?? 1 - options.Alpha;

    /// <summary>
    /// KL(softmax(z_t/T) ‖ softmax(z_s/T)), the divergence of the student's softened answers from the teacher's, in nats.
    /// </summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    /// <param name="temperature">T.</param>
    /// <param name="reduction">What it is averaged over.</param>
    public static Tensor Softened(Tensor student, Tensor teacher, double temperature, SoftenedReduction reduction)
    {
        var expected = functional.log_softmax(teacher.detach().Over(temperature), 1);
        var found = functional.log_softmax(student.Over(temperature), 1);
        var total = functional.kl_div(found, expected, log_target: true, Reduction.Sum);
        return total.Over(reduction == SoftenedReduction.BatchMean ? student.shape[0] : student.numel());
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Logits;
        return Lesson.Of((_, answer) => [new("softened", Weight, Softened(answer.Logits, expected))]);
    }

    private double Weight => (options.Weight ?? options.Alpha) * options.Temperature * options.Temperature
        * (options.Reduction == SoftenedReduction.BatchMean ? 1 : 2);

    private Tensor Softened(Tensor student, Tensor teacher) => options.StandardizeLogits
        ? Softened(LogitStandardization.Of(student), LogitStandardization.Of(teacher), options.Temperature, options.Reduction)
        : Softened(student, teacher, options.Temperature, options.Reduction);
}
