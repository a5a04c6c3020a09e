using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace OwnMethod;

/// <summary>Brings the direction of the student's projected embedding near the expert's. The projection is trained.</summary>
[MethodAbout("embedding-direction", "Embedding direction", "H(y, z_s) + weight·mean_N (1 − cos(W·f_s, f_t))",
    "An example, not from a paper", Needs = "a projection")]
public sealed record EmbeddingDirectionOptions : ExpertMethodOptions
{
    /// <summary>The weight of the term. Default 1.</summary>
    [Description("Weight of the term."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new EmbeddingDirection(this, context.RequiredExpert);
}

/// <summary>The distance of the embeddings' directions; their widths may differ. No gradient reaches the expert.</summary>
public sealed class EmbeddingDirection(EmbeddingDirectionOptions options, Expert expert) : Method(options)
{
    /// <summary>mean_N (1 − cos(a, f_t)). The cosine of a zero vector is 0.</summary>
    /// <param name="projected">a = W·f_s, N×D.</param>
    /// <param name="teacher">f_t, N×D; gets no gradient.</param>
    public static Tensor Distance(Tensor projected, Tensor teacher) =>
        (1 - (functional.normalize(projected) * functional.normalize(teacher.detach())).sum(1)).mean();

    /// <inheritdoc/>
    public override void Enrol(Learner student) =>
        student.Train("projection", Linear(student.Network.EmbeddingWidth, expert.EmbeddingWidth, hasBias: false));

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Embedding;
        return Lesson.FromTerms((student, output) =>
            [new("direction", options.Weight, Distance(student.Module<Linear>("projection").call(output.Embedding), expected))]);
    }
}
