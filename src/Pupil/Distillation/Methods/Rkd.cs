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
/// Relational knowledge distillation (Park, Kim, Lu, Cho 2019): preserves distances and angles between images' embeddings.
/// </summary>
[MethodAbout("rkd", "Relational (RKD)", "H(y, z_s) + a·Σ huber(d_s − d_t)/N² + b·Σ huber(cos∠_s − cos∠_t)/N³, d: distances over their mean",
    "Park et al. 2019, arXiv 1904.05068; defaults of HobbitLong/RepDistiller")]
public sealed record RkdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Embedding;

    /// <summary>The weight of the distances' term. Default 25.</summary>
    [Description("Weight of the distances' term."), Range(0.0, 1e9)]
    public double DistanceWeight { get; init; } = 25;

    /// <summary>The weight of the angles' term, whose memory grows with the cube of the batch. Default 50.</summary>
    [Description("Weight of the angles' term; 0 leaves it out. Its memory grows with the cube of the batch."), Range(0.0, 1e9)]
    public double AngleWeight { get; init; } = 50;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Rkd(this, context.RequiredExpert);
}

/// <summary>Relational knowledge distillation of the embeddings, whose widths may differ. No gradient reaches the expert.</summary>
public sealed class Rkd(RkdOptions options, Expert expert) : Method(options)
{
    private const double Least = 1e-12;

    /// <summary>Smooth L1 between the pairwise distances, each divided by the mean of those above 0, mean over all N².</summary>
    /// <param name="student">f_s, N×D.</param>
    /// <param name="teacher">f_t, N×D'; gets no gradient.</param>
    public static Tensor Distances(Tensor student, Tensor teacher) =>
        functional.smooth_l1_loss(RelativeDistances(student), RelativeDistances(teacher.detach()));

    /// <summary>Smooth L1 between the cosines of the angles at every image towards every two others, mean over all N³.</summary>
    /// <param name="student">f_s, N×D.</param>
    /// <param name="teacher">f_t, N×D'; gets no gradient.</param>
    public static Tensor Angles(Tensor student, Tensor teacher) => functional.smooth_l1_loss(Cosines(student), Cosines(teacher.detach()));

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Embedding;
        return Lesson.FromTerms((_, output) =>
        {
            var terms = new List<Term> { new("distances", options.DistanceWeight, Distances(output.Embedding, expected)) };
            if (options.AngleWeight > 0)
                terms.Add(new("angles", options.AngleWeight, Angles(output.Embedding, expected)));
            return terms;
        });
    }

    private static Tensor RelativeDistances(Tensor embeddings)
    {
        using var least = Least.ToScalar();
        using TorchSharp.Scalar zero = 0, one = 1;
        // The square root has no finite gradient at 0, hence the least value; the factor sets an image's distance from itself to 0.
        var apart = eye(embeddings.shape[0], dtype: embeddings.dtype, device: embeddings.device).neg().Plus(1);
        var distances = (embeddings.unsqueeze(0) - embeddings.unsqueeze(1)).Squared().sum(2).clamp_min(least).sqrt() * apart;
        var count = distances.gt(zero).sum().clamp_min(one);
        return distances / (distances.sum() / count).clamp_min(least);
    }

    private static Tensor Cosines(Tensor embeddings)
    {
        var differences = embeddings.unsqueeze(0) - embeddings.unsqueeze(1);
        // Equal images have no direction: 0, without a gradient.
        var directions = UnitVectors.FromRows(differences.flatten(0, 1)).reshape(differences.shape);
        return directions.bmm(directions.transpose(1, 2));
    }
}
