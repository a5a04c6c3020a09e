using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>Probabilistic knowledge transfer (Passalis and Tefas 2018): preserves the probabilities that images are neighbours.</summary>
[MethodAbout("pkt", "Probabilistic knowledge transfer (PKT)",
    "H(y, z_s) + weight·mean_N² P_t·log(P_t/P_s), P: rows of (1 + cosine of embeddings)/2 divided by their sums",
    "Passalis and Tefas 2018, arXiv 1803.10837; defaults of HobbitLong/RepDistiller")]
public sealed record PktOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Embedding;

    /// <summary>The weight of the term. Default 30000.</summary>
    [Description("Weight of the term, which falls with the batch size; the default was published for batches of 64 images.")]
    [Range(0.0, 1e9)]
    public double Weight { get; init; } = 30_000;

    /// <inheritdoc/>
    public override IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) =>
        PublishedSetting.OfBatch(MethodName, Weight, batchSize);

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Pkt(this, context.RequiredExpert);
}

/// <summary>Probabilistic knowledge transfer of the embeddings, whose widths may differ. No gradient reaches the expert.</summary>
public sealed class Pkt(PktOptions options, Expert expert) : Method(options)
{
    private const double Epsilon = 1e-7;

    /// <summary>mean over all N² of P_t · log((P_t + 10⁻⁷)/(P_s + 10⁻⁷)).</summary>
    /// <param name="student">f_s, N×D.</param>
    /// <param name="teacher">f_t, N×D'; gets no gradient.</param>
    public static Tensor Divergence(Tensor student, Tensor teacher)
    {
        Tensor found = Neighbours(student), expected = Neighbours(teacher.detach());
        return (expected * (expected.Plus(Epsilon) / found.Plus(Epsilon)).log()).mean();
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Embedding;
        return Lesson.FromTerms((_, output) => [new("neighbours", options.Weight, Divergence(output.Embedding, expected))]);
    }

    private static Tensor Neighbours(Tensor embeddings)
    {
        using Scalar none = 0, one = 1;
        var lengths = linalg.vector_norm(embeddings, 2, [1], keepdim: true);
        // A vector of zeros has no direction, and gets no gradient: it would be 10⁷ times the incoming one.
        var empty = lengths.eq(none);
        var unit = embeddings.masked_fill(empty, none) / lengths.masked_fill(empty, one).Plus(Epsilon);
        // Rounding can give a cosine below −1.
        var similarities = unit.matmul(unit.t()).Plus(1).Over(2).clamp_min(none);
        return similarities / similarities.sum(1, keepdim: true);
    }
}
