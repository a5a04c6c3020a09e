using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>DIST (Huang, You, Wang, Qian, Xu 2022): maximises the correlation of the student's probabilities with the teacher's.</summary>
[MethodAbout("dist", "DIST",
    "H(y, z_s) + T²·[β·(1 − mean_N ρ(p_s, p_t)) + γ·(1 − mean_K ρ(p_sᵀ, p_tᵀ))], ρ: Pearson's correlation, p = softmax(z/T)",
    "Huang et al. 2022, arXiv 2205.10536; their CIFAR-100 settings")]
public sealed record DistOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Logits;

    /// <summary>β, the weight of the correlation between the classes of an image, times T². Default 2.</summary>
    [Description("Weight of the inter-class term (beta), times T²."), Range(0.0, 1e6)]
    public double Beta { get; init; } = 2;

    /// <summary>γ, the weight of the correlation between the images of a class, times T². Default 2.</summary>
    [Description("Weight of the intra-class term (gamma), times T²."), Range(0.0, 1e6)]
    public double Gamma { get; init; } = 2;

    /// <summary>T, the divisor of the logits. Default 4 (CIFAR-100; the authors use 1 on ImageNet).</summary>
    [Description("Divisor of the logits before the softmax (T; 4 on CIFAR-100, 1 on ImageNet)."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string RefusesLabelSets => "compares a softmax over classes that exclude one another";

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Dist(this, context.RequiredExpert);
}

/// <summary>DIST. No gradient reaches the expert.</summary>
public sealed class Dist(DistOptions options, Expert expert) : Method(options)
{
    private const double Epsilon = 1e-8;
    private const double LeastVariation = 1e-6;

    /// <summary>1 − mean over the N images of the correlation of their K softened probabilities.</summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    /// <param name="temperature">T.</param>
    public static Tensor InterClass(Tensor student, Tensor teacher, double temperature) =>
        Uncorrelated(Softened(student, temperature), Softened(teacher.detach(), temperature));

    /// <summary>1 − mean over the K classes of the correlation of the N images' softened probabilities.</summary>
    /// <param name="student">z_s, N×K.</param>
    /// <param name="teacher">z_t, N×K; gets no gradient.</param>
    /// <param name="temperature">T.</param>
    public static Tensor IntraClass(Tensor student, Tensor teacher, double temperature) =>
        Uncorrelated(Softened(student, temperature).t(), Softened(teacher.detach(), temperature).t());

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Logits;
        double square = options.Temperature * options.Temperature;
        return Lesson.FromTerms((_, output) =>
        [
            new("inter-class", options.Beta * square, InterClass(output.Logits, expected, options.Temperature)),
            new("intra-class", options.Gamma * square, IntraClass(output.Logits, expected, options.Temperature)),
        ]);
    }

    private static Tensor Softened(Tensor logits, double temperature) => functional.softmax(logits.Over(temperature), 1);

    private static Tensor Uncorrelated(Tensor found, Tensor expected)
    {
        var (one, other) = (found - found.mean([1], keepdim: true), expected - expected.mean([1], keepdim: true));
        using Scalar zero = 0;
        // Rows whose variation is rounding count as uncorrelated, and get no gradient: it would be 10⁸ times the incoming one.
        one = one.masked_fill(Length(one).le(Length(found).Times(LeastVariation)), zero);
        var norms = Length(one) * Length(other);
        return ((one * other).sum(1, keepdim: true) / norms.Plus(Epsilon)).mean().Times(-1).Plus(1);

        static Tensor Length(Tensor rows) => linalg.vector_norm(rows, 2, [1], keepdim: true);
    }
}
