using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Decoupled knowledge distillation (Zhao, Cui, Song, Qiu, Liang 2022): separate terms for the target class and for all other classes.
/// </summary>
[MethodAbout("dkd", "Decoupled knowledge distillation (DKD)",
    "H(y, z_s) + T²·[α·KL(b_t ‖ b_s) + β·KL(q_t ‖ q_s)], b: target class against the rest, q: softmax over the other classes",
    "Zhao et al. 2022, arXiv 2203.08679; defaults of megvii-research/mdistiller, with β 2, 6 or 8 by the pair of networks")]
public sealed record DkdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>Sets the published defaults: the terms rise over 20 epochs.</summary>
    public DkdOptions() => WarmUpEpochs = 20;

    /// <summary>α, the weight of the target class's term, times T². Default 1.</summary>
    [Description("Weight of the target-class term (alpha), times T²."), Range(0.0, 1e6)]
    public double Alpha { get; init; } = 1;

    /// <summary>β, the weight of the other classes' term, times T². Default 8 (2 for ResNet-56/20, 6 for WRN pairs).</summary>
    [Description("Weight of the non-target-class term (beta), times T²; the authors use 2, 6 or 8 by the pair of networks."),
        Range(0.0, 1e6)]
    public double Beta { get; init; } = 8;

    /// <summary>T, the divisor of both networks' logits. Default 4.</summary>
    [Description("Divisor of the logits before the softmax (T)."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <summary>
    /// Whether both networks' logits are standardised (Sun et al. 2024, with α and β 9 to 18 times larger). Default false.
    /// </summary>
    [Description("Whether to standardise both networks' logits before the softmax (alpha and beta then 9 to 18 times larger).")]
    public bool StandardizeLogits { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.OnePerImage;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Dkd(this, context.RequiredExpert);
}

/// <summary>Decoupled knowledge distillation. No gradient reaches the expert.</summary>
public sealed class Dkd(DkdOptions options, Expert expert) : Method(options)
{
    /// <summary>
    /// KL(b_t ‖ b_s), b = (p_y, 1 − p_y) of p = softmax(z/T), mean over the N images, in nats. All steps use log probabilities, so that a
    /// probability of 0 gives no infinity.
    /// </summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    /// <param name="labels">y, N class numbers.</param>
    /// <param name="temperature">T.</param>
    public static Tensor TargetClass(Tensor student, Tensor teacher, Tensor labels, double temperature)
    {
        var (rightFound, restFound) = Binary(student.Over(temperature), labels);
        var (right, rest) = Binary(teacher.detach().Over(temperature), labels);
        return (right.exp() * (right - rightFound)).Plus(rest.exp() * (rest - restFound)).mean();
    }

    /// <summary>KL(q_t ‖ q_s), q = softmax(z/T) over the K − 1 other classes, mean over the N images, in nats.</summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    /// <param name="labels">y, N class numbers.</param>
    /// <param name="temperature">T.</param>
    public static Tensor OtherClasses(Tensor student, Tensor teacher, Tensor labels, double temperature)
    {
        var own = Own(student, labels);
        using var none = double.NegativeInfinity.ToScalar();
        using var zero = 0.0.ToScalar();
        var expected = functional.log_softmax(teacher.detach().Over(temperature).masked_fill(own, none), 1).masked_fill(own, zero);
        var found = functional.log_softmax(student.Over(temperature).masked_fill(own, none), 1).masked_fill(own, zero);
        return (expected.exp().masked_fill(own, zero) * (expected - found)).sum(1).mean();
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = Prepared(step.OutputOf(expert).Logits);
        double square = options.Temperature * options.Temperature;
        return Lesson.FromTerms((_, output) =>
        {
            var (found, labels) = (Prepared(output.Logits), step.Batch.Target.RequiredLabels);
            return
            [
                new("target-class", options.Alpha * square, TargetClass(found, expected, labels, options.Temperature)),
                new("other-classes", options.Beta * square, OtherClasses(found, expected, labels, options.Temperature)),
            ];
        });
    }

    private Tensor Prepared(Tensor logits) => options.StandardizeLogits ? LogitStandardization.Standardize(logits) : logits;

    // log p_y and log(1 − p_y), N each.
    private static (Tensor Right, Tensor Others) Binary(Tensor logits, Tensor labels)
    {
        var own = Own(logits, labels);
        using var none = double.NegativeInfinity.ToScalar();
        var all = logits.logsumexp(1);
        return (logits.gather(1, labels.unsqueeze(1)).squeeze(1) - all, logits.masked_fill(own, none).logsumexp(1) - all);
    }

    private static Tensor Own(Tensor logits, Tensor labels) => functional.one_hot(labels, logits.shape[1]).to_type(ScalarType.Bool);
}
