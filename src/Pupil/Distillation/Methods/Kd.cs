using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using Pupil.Images;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>The average of the softened term of knowledge distillation.</summary>
public enum SoftenedReduction
{
    /// <summary>Sum over the classes, mean over the images, as in the paper; weight α·T².</summary>
    BatchMean,

    /// <summary>
    /// Mean over images and classes; weight 2·α·T². The released code (and Rocket Launching's) computes this with its old PyTorch: K/2
    /// times weaker than <see cref="BatchMean"/>.
    /// </summary>
    ElementMean,
}

/// <summary>
/// Knowledge distillation (Hinton, Vinyals, Dean 2015): the expert's softened probabilities are targets beside the labels. With several
/// labels an image, those of each class's presence, σ(z/T), as in multi-label logits distillation (Yang et al. 2023, arXiv 2308.06453).
/// </summary>
[MethodAbout("kd", "Knowledge distillation", "(1 − α)·H(y, z_s) + α·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T))",
    "Hinton, Vinyals, Dean 2015, arXiv 1503.02531; standardised logits: Sun et al. 2024, arXiv 2403.01427")]
public sealed record KdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>α, the weight of the softened term; the labels have 1 − α. 0…1, default 0.9.</summary>
    [Description("Weight of the softened term (alpha), times T²; the labels have 1 − alpha."), Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.9;

    /// <summary>T, the divisor of both networks' logits. Default 4.</summary>
    [Description("Divisor of the logits before the softmax (T)."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <summary>The weight of the softened term, times T², in place of α, which then only sets the labels' weight; null: α.</summary>
    [Description("Weight of the softened term, times T²; null: alpha."), Range(0.0, 1e6)]
    public double? Weight { get; init; }

    /// <summary>
    /// Whether both networks' logits are standardised (Sun et al. 2024, with T 2, weight 9, labelWeight 0.1). Default false.
    /// </summary>
    [Description("Whether to standardise both networks' logits before the softmax (the authors use temperature 2, weight 9, labelWeight "
        + "0.1).")]
    public bool StandardizeLogits { get; init; }

    /// <summary>The average of the softened term. Default <see cref="SoftenedReduction.BatchMean"/>.</summary>
    [Description("batch-mean: sum over classes, mean over images (the paper). element-mean: the old code's mean over both, weight "
        + "2·alpha·T².")]
    public SoftenedReduction Reduction { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? RefusesLabelSets => StandardizeLogits ? "standardises the logits over classes that exclude one another" : null;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Kd(this, context.RequiredExpert, context.Labelling);
}

/// <summary>
/// L = (1 − α)·H(y, z) + α·T²·KL(softmax(z_expert/T) ‖ softmax(z/T)). No gradient reaches the expert. With several
/// labels an image, the divergence is Σ_K KL(σ(z_expert/T) ‖ σ(z/T)) of presence and absence of each class.
/// </summary>
/// <param name="options">The settings.</param>
/// <param name="expert">The expert.</param>
/// <param name="labelling">The number of labels of each image.</param>
public sealed class Kd(KdOptions options, Expert expert, Labelling labelling = Labelling.One) : Method(options)
{
    /// <inheritdoc/>
    public override double LabelWeight => options.LabelWeight ?? 1 - options.Alpha;

    /// <summary>
    /// KL(softmax(z_t/T) ‖ softmax(z_s/T)), the divergence of the softened probabilities of <see cref="Outcomes"/>, in nats.
    /// </summary>
    /// <param name="student">z_s, N×K, or N×K×2.</param>
    /// <param name="teacher">z_t, of the same shape; gets no gradient.</param>
    /// <param name="temperature">T.</param>
    /// <param name="reduction">The average.</param>
    public static Tensor Softened(Tensor student, Tensor teacher, double temperature, SoftenedReduction reduction)
    {
        var expected = functional.log_softmax(teacher.detach().Over(temperature), -1);
        var found = functional.log_softmax(student.Over(temperature), -1);
        var total = functional.kl_div(found, expected, log_target: true, Reduction.Sum);
        return total.Over(reduction == SoftenedReduction.BatchMean ? student.shape[0] : student.numel());
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Logits;
        return Lesson.FromTerms((_, output) => [new("softened", Weight, Softened(output.Logits, expected))]);
    }

    private double Weight => (options.Weight ?? options.Alpha) * options.Temperature * options.Temperature
        * (options.Reduction == SoftenedReduction.BatchMean ? 1 : 2);

    private Tensor Softened(Tensor student, Tensor teacher)
    {
        if (options.StandardizeLogits)
            (student, teacher) = (LogitStandardization.Standardize(student), LogitStandardization.Standardize(teacher));
        return Softened(Outcomes.Of(student, labelling), Outcomes.Of(teacher, labelling), options.Temperature, options.Reduction);
    }
}
