using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Equations;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>The features of the expert that are regressed.</summary>
public enum RegressedFeatures
{
    /// <summary>The embedding: of a transformer mostly its class token.</summary>
    Embedding,

    /// <summary>The patch tokens of the last block, or the pixels of the last map.</summary>
    Tokens,

    /// <summary>Both, each with a projector and a term of its own.</summary>
    Both,
}

/// <summary>The distance between projected and given features.</summary>
public enum RegressionDistance
{
    /// <summary>Smooth L1 (Huber) with β = 2, mean over all numbers.</summary>
    SmoothL1,

    /// <summary>1 − cosine, mean over all vectors.</summary>
    Cosine,

    /// <summary>The squared difference, mean over all numbers.</summary>
    MeanSquare,
}

/// <summary>
/// Feature regression: a linear projector maps the student's features to the expert's, as is usual for students of foundation models. With
/// its defaults the form of Wei et al. (2022).
/// </summary>
[MethodAbout("feature-regression", "Feature regression",
    "H(y, z_s) + weight·mean d(W·f_s, n(f_t)), d: smooth L1, cosine or square; n: each vector to mean 0, deviation 1",
    "Wei et al. 2022, arXiv 2205.14141 (whitened targets, smooth L1); timm and LightlyTrain have like forms", Needs = "projectors")]
public sealed record FeatureRegressionOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => Features switch
    {
        RegressedFeatures.Embedding => TeacherParts.Embedding,
        RegressedFeatures.Tokens => TeacherParts.Stages,
        _ => TeacherParts.Embedding | TeacherParts.Stages,
    };

    /// <summary>The weight of each term. Default 1.</summary>
    [Description("Weight of each term."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 1;

    /// <summary>The features that are regressed. Default the embedding.</summary>
    [Description("What is regressed: embedding, tokens (patch tokens of the last block, or pixels of the last map), or both.")]
    public RegressedFeatures Features { get; init; }

    /// <summary>The distance. Default smooth L1.</summary>
    [Description("The distance: smooth-l1 (beta 2), cosine or mean-square.")]
    public RegressionDistance Distance { get; init; }

    /// <summary>
    /// Whether each vector of the expert is brought to mean 0 and deviation 1, over its own numbers (layer normalisation without weights).
    /// Default true.
    /// </summary>
    [Description("Bring each vector of the expert to mean 0 and deviation 1 over its own numbers.")]
    public bool Standardize { get; init; } = true;

    /// <summary>
    /// Epochs of a first phase with the regression alone, after which the students learn from labels alone: a good start for few labels.
    /// Default 0: both throughout.
    /// </summary>
    [Description("Epochs of a first phase with the regression alone, after which the students learn from labels alone; 0: both "
        + "throughout."), Range(0, 100_000)]
    public int PreliminaryEpochs { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => PreliminaryEpochs;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool LearnsInFirstPhaseOnly => PreliminaryEpochs > 0;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new FeatureRegression(this, context.RequiredExpert);
}

/// <summary>Feature regression; sizes and widths may differ. No gradient reaches the expert.</summary>
public sealed class FeatureRegression(FeatureRegressionOptions options, Expert expert) : Method(options)
{
    private const string Embedding = "embedding-projector", Tokens = "token-projector";
    private const double Beta = 2, Least = 1e-5;

    /// <summary>Returns each vector minus the mean of its numbers, over the root of their variance plus 1e-5.</summary>
    /// <param name="features">…×D.</param>
    public static Tensor Standardized(Tensor features) =>
        functional.layer_norm(features, [features.shape[^1]], null, null, Least);

    /// <summary>Returns the distance d(a, t), a mean over all images and positions.</summary>
    /// <param name="projected">a, N×D or N×T×D.</param>
    /// <param name="teacher">t, of the same shape; gets no gradient.</param>
    /// <param name="distance">d. The cosine of a zero vector is 0.</param>
    public static Tensor DistanceOf(Tensor projected, Tensor teacher, RegressionDistance distance)
    {
        teacher = teacher.detach();
        return distance switch
        {
            RegressionDistance.Cosine => (UnitVectors.FromRows(projected.flatten(0, -2)) * UnitVectors.FromRows(teacher.flatten(0, -2)))
                .sum(1).neg().Plus(1).mean(),
            RegressionDistance.MeanSquare => functional.mse_loss(projected, teacher),
            _ => functional.smooth_l1_loss(projected, teacher, beta: Beta),
        };
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        if (options.Features != RegressedFeatures.Tokens)
            student.Train(Embedding, Linear(student.Network.EmbeddingWidth, expert.EmbeddingWidth));
        if (options.Features != RegressedFeatures.Embedding && LastOf(student) is { } pair)
            student.Train(Tokens, Linear(pair.LearnerShape.Channels, pair.TeacherShape.Channels));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        if (options.PreliminaryEpochs > 0 && !step.Moment.IsPreliminary)
            return Lesson.FromTerms((_, _) => []);
        var expected = step.OutputOf(expert);
        return Lesson.FromTerms((student, output) =>
        {
            var terms = new List<Term>();
            if (options.Features != RegressedFeatures.Tokens)
                terms.Add(TermOf("embedding", student, Embedding, output.Embedding, expected.Embedding));
            if (options.Features != RegressedFeatures.Embedding)
            {
                // Maps of different sizes are pooled to the smaller one, so that positions agree.
                var (own, teacher) = LastOf(student).Maps(output.Stages, expected.Stages);
                terms.Add(TermOf("tokens", student, Tokens, InRows(own), InRows(teacher)));
            }
            return terms;
        });
    }

    private Term TermOf(string name, Learner student, string projector, Tensor own, Tensor teacher)
    {
        var target = options.Standardize ? Standardized(teacher.detach()) : teacher;
        return new(name, options.Weight, DistanceOf(student.Module<Linear>(projector).call(own), target, options.Distance));
    }

    private StagePair LastOf(Learner student) => StagePairs.Last(student.Network, expert);

    // N×C×H×W to N×HW×C.
    private static Tensor InRows(Tensor map) => map.flatten(2).transpose(1, 2);
}
