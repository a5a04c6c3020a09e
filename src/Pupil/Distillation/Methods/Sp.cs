using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Equations;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Similarity-preserving distillation (Tung and Mori 2019): matches the similarities between images of student and expert.
/// </summary>
[MethodAbout("sp", "Similarity-preserving (SP)",
    "H(y, z_s) + weight·‖G_t − G_s‖²_F/N², G: rows of A·Aᵀ, A the last stage's flattened maps, divided by their norms",
    "Tung and Mori 2019, arXiv 1907.09682; defaults of HobbitLong/RepDistiller")]
public sealed record SpOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Stages;

    /// <summary>The weight of the term. Default 3000.</summary>
    [Description("Weight of the term, which falls with the batch size; the default was published for batches of 64 images.")]
    [Range(0.0, 1e9)]
    public double Weight { get; init; } = 3000;

    /// <inheritdoc/>
    public override IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) =>
        PublishedSetting.OfBatch(MethodName, Weight, batchSize);

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Sp(this, context.RequiredExpert);
}

/// <summary>Similarity-preserving distillation of the last stage; sizes and channels may differ. No gradient reaches the expert.</summary>
public sealed class Sp(SpOptions options, Expert expert) : Method(options)
{
    /// <summary>‖G_t − G_s‖²_F / N².</summary>
    /// <param name="student">A_s, N×C×H×W.</param>
    /// <param name="teacher">A_t, N×C'×H'×W'; gets no gradient.</param>
    public static Tensor Distance(Tensor student, Tensor teacher) =>
        functional.mse_loss(Similarities(student), Similarities(teacher.detach()));

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Stages[^1].Map;
        return Lesson.FromTerms((_, output) => [new("similarity", options.Weight, Distance(output.Stages[^1].Map, expected))]);
    }

    // N×N, rows of norm 1.
    private static Tensor Similarities(Tensor map)
    {
        var flat = map.flatten(1);
        return UnitVectors.FromRows(flat.matmul(flat.t()));
    }
}
