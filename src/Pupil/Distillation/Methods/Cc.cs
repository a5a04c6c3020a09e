using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>The two forms of correlation congruence.</summary>
public enum CongruenceForm
{
    /// <summary>RepDistiller's: products of neighbouring images' distances between learnt embeddings; weight 0.02.</summary>
    Embedding,

    /// <summary>The paper's: Gram matrices of a Gaussian kernel (its Taylor series to order 2, γ 0.4); weight 100.</summary>
    Kernel,
}

/// <summary>Correlation congruence (Peng et al. 2019): preserves the correlations between the embeddings of images.</summary>
[MethodAbout("cc", "Correlation congruence (CC)",
    "H(y, z_s) + weight·mean_b Σ_D |e_s − e_t|_b·|e_s − e_t|_{b+1}, e learnt linear embeddings; or weight·‖K_s − K_t‖²/N², K Gaussian "
        + "kernel",
    "Peng et al. 2019, arXiv 1904.01802; the embedding form is HobbitLong/RepDistiller's, the kernel form "
        + "AberHu/Knowledge-Distillation-Zoo's",
    Needs = "two linear embeddings (form embedding)")]
public sealed record CcOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Embedding;

    /// <summary>The form. Default RepDistiller's, whose results papers quote.</summary>
    [Description("embedding: RepDistiller's, whose results papers quote. kernel: the paper's Gaussian kernel.")]
    public CongruenceForm Form { get; init; }

    /// <summary>The weight of the term; null: 0.02 for embedding, 100 for kernel.</summary>
    [Description("Weight of the term; null: 0.02 for embedding, 100 for kernel."), Range(0.0, 1e9)]
    public double? Weight { get; init; }

    /// <summary>The width of the learnt embeddings. Default 128.</summary>
    [Description("Width of the learnt embeddings (form embedding)."), Range(1, 65_536)]
    public int Width { get; init; } = 128;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Cc(this, context.RequiredExpert);
}

/// <summary>Correlation congruence. No gradient reaches the expert; in the embedding form its linear embedding is trained.</summary>
public sealed class Cc(CcOptions options, Expert expert) : Method(options)
{
    private const string Own = "own-embedding", Others = "expert-embedding";
    private const double Gamma = 0.4;
    private const int Order = 2;

    /// <summary>mean over the N − 1 neighbours in the batch of Σ_D |e_s − e_t|_b · |e_s − e_t|_{b+1}; 0 for one image.</summary>
    /// <param name="student">e_s, N×D.</param>
    /// <param name="teacher">e_t, N×D.</param>
    public static Tensor Neighbours(Tensor student, Tensor teacher)
    {
        var distances = (student - teacher).abs();
        long pairs = distances.shape[0] - 1;
        return (distances.narrow(0, 0, pairs) * distances.narrow(0, 1, pairs)).sum().Over(Math.Max(1, pairs));
    }

    /// <summary>mean over all N² of (K_s − K_t)², K the Taylor series to order 2 of exp(−γ‖a − b‖²) over embeddings of norm 1.</summary>
    /// <param name="student">f_s, N×D.</param>
    /// <param name="teacher">f_t, N×D'; gets no gradient.</param>
    public static Tensor Kernels(Tensor student, Tensor teacher) => functional.mse_loss(Kernel(student), Kernel(teacher.detach()));

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        if (options.Form == CongruenceForm.Kernel)
            return;
        student.Train(Own, Linear(student.Network.EmbeddingWidth, options.Width));
        student.Train(Others, Linear(expert.EmbeddingWidth, options.Width));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Embedding.detach();
        double weight = options.Weight ?? (options.Form == CongruenceForm.Kernel ? 100 : 0.02);
        return Lesson.FromTerms((student, output) => [new("correlation", weight, options.Form == CongruenceForm.Kernel
            ? Kernels(output.Embedding, expected)
            : Neighbours(student.Module<Linear>(Own).call(output.Embedding), student.Module<Linear>(Others).call(expected)))]);
    }

    private static Tensor Kernel(Tensor embeddings)
    {
        var unit = UnitVectors.FromRows(embeddings);
        var cosines = unit.matmul(unit.t());
        // exp(−γ‖a − b‖²) = exp(−2γ)·Σ_p (2γ·a·b)^p / p! for vectors of norm 1.
        var (sum, power, factor) = (ones_like(cosines), ones_like(cosines), 1.0);
        for (int order = 1; order <= Order; order++)
        {
            factor *= 2 * Gamma / order;
            power = power * cosines;
            sum = sum.Plus(power.Times(factor));
        }
        return sum.Times(Math.Exp(-2 * Gamma));
    }
}
