using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using Pupil.Distillation.Equations;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Contrastive representation distillation (Tian, Krishnan, Isola 2020). Defaults are RepDistiller's, with its "exact" draw of negatives.
/// </summary>
[MethodAbout("crd", "Contrastive representation distillation (CRD)",
    "H(y, z_s) + weight·(NCE(e_s, bank_t) + NCE(e_t, bank_s)), e projected embeddings, NCE the image itself against negatives of other "
        + "classes",
    "Tian, Krishnan, Isola 2020, arXiv 1910.10699; defaults of RepDistiller", Needs = "projections, two memory banks")]
public sealed record CrdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts ComparesImagesBy => TeacherParts.Embedding;

    /// <summary>The weight of the contrastive term. Default 0.8.</summary>
    [Description("Weight of the contrastive term."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 0.8;

    /// <summary>
    /// K, the negatives of each image. Default 16384. They are different images of other classes. If there are fewer than K, they are drawn
    /// with replacement, as in RepDistiller.
    /// </summary>
    [Description("Negatives of each image: images of other classes; repeated if there are fewer."), Range(1, 1_000_000)]
    public int Negatives { get; init; } = 16_384;

    /// <summary>τ, the divisor of similarities. Default 0.07.</summary>
    [Description("Divisor of similarities (tau)."), Range(0.02, 1000.0)]
    public double Temperature { get; init; } = 0.07;

    /// <summary>The share of its old value that a bank's vector keeps when its image is in the batch, 0…1. Default 0.5.</summary>
    [Description("Share of its old value that a memory bank's vector keeps when its image is in the batch."), Range(0.0, 1.0)]
    public double Momentum { get; init; } = 0.5;

    /// <summary>D, the length of the compared vectors. Default 128.</summary>
    [Description("Length of the compared vectors."), Range(1, 65_536)]
    public int FeatureDimension { get; init; } = 128;

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.OnePerImage;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Crd(this, context.RequiredExpert,
        context.TrainingImages ?? throw new UserErrorException(
            "crd keeps a vector for every training image; found no TrainingImages in the context, expected the subset that is trained on."),
        context.Seed);
}

/// <summary>
/// Both networks' embeddings are projected to D numbers and scaled to length 1. Two banks keep a moving average of the projections of
/// every training image. The student's projection is contrasted with the teacher's bank, the teacher's with the student's. The banks take
/// 2·4·D bytes for each image. No gradient reaches expert and banks; both projections are trained.
/// </summary>
public sealed class Crd : Method
{
    private const double Epsilon = 1e-7;
    private const string Student = "student", Teacher = "teacher";

    private readonly CrdOptions _options;
    private readonly Expert _expert;
    private readonly int _images;
    private readonly NegativeDraw _draw;

    /// <summary>Prepares the draw of negatives.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="expert">The expert.</param>
    /// <param name="images">The training images.</param>
    /// <param name="seed">The seed of the draw, which also depends on epoch and step.</param>
    /// <exception cref="UserErrorException">All images are of one class.</exception>
    public Crd(CrdOptions options, Expert expert, ImageSubset images, long seed) : base(options) =>
        (_options, _expert, _images, _draw) = (options, expert, images.Count, new NegativeDraw(images, options.Negatives, seed));

    /// <summary>e·b of every image with the bank's vectors at its positions, N×(1+K).</summary>
    /// <param name="embeddings">e, N×D.</param>
    /// <param name="bank">b, one row of D numbers for each training image.</param>
    /// <param name="positions">The rows: the image's own, then its K negatives; N×(1+K), int64.</param>
    // Computing all products and gathering some takes less memory than K rows of the bank for every image, and is faster.
    public static Tensor Similarities(Tensor embeddings, Tensor bank, Tensor positions) => embeddings.matmul(bank.t()).gather(1, positions);

    /// <summary>
    /// Z, the divisor of the exponentials: M·mean exp(s/τ), over a batch's images and their 1+K similarities. A scalar without gradient.
    /// </summary>
    /// <param name="similarities">s, N×(1+K).</param>
    /// <param name="temperature">τ.</param>
    /// <param name="images">M, the number of training images.</param>
    public static Tensor Constant(Tensor similarities, double temperature, int images) =>
        similarities.detach().Over(temperature).exp().mean().Times(images);

    /// <summary>
    /// −mean_N [log(p_0/(p_0 + K/M)) + Σ_K log((K/M)/(p_k + K/M))], p = exp(s/τ)/Z, with 10⁻⁷ in the denominators: noise-contrastive
    /// estimation of each image against its negatives, which are noise of probability 1/M.
    /// </summary>
    /// <param name="similarities">s, N×(1+K), the image's own first.</param>
    /// <param name="constant">Z, a scalar.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="images">M, the number of training images.</param>
    public static Tensor Contrast(Tensor similarities, Tensor constant, double temperature, int images)
    {
        long negatives = similarities.shape[1] - 1;
        double noise = (double)negatives / images;
        var logs = similarities.Over(temperature) - constant.log();
        // log(1 + p/noise) avoids the cancellation of two logarithms: each of the K terms is near 0.
        var sum = logs.exp().Plus(Epsilon).Over(noise).log1p().sum();
        return (sum - logs.select(1, 0).sum()).Over(similarities.shape[0]).Plus(Math.Log(noise));
    }

    /// <summary>m·b + (1 − m)·e, divided by its length: the bank's new vectors of the batch's images. N×D, without gradient.</summary>
    /// <param name="remembered">b, N×D.</param>
    /// <param name="embeddings">e, N×D.</param>
    /// <param name="momentum">m.</param>
    public static Tensor Renewed(Tensor remembered, Tensor embeddings, double momentum) =>
        UnitVectors.FromRows(remembered.Times(momentum).Plus(embeddings.detach().Times(1 - momentum)));

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        double bound = 1 / Math.Sqrt(_options.FeatureDimension / 3.0);
        foreach (var (side, width) in new[] { (Student, student.Network.EmbeddingWidth), (Teacher, _expert.EmbeddingWidth) })
        {
            student.Train(Projection(side), new NormalizedProjection(width, _options.FeatureDimension));
            student.Remember(Bank(side), empty(_images, _options.FeatureDimension).uniform_(-bound, bound));
            // −1 marks a constant that the first batch sets: exponentials are never negative.
            student.Remember(ConstantOf(side), tensor([-1f]));
        }
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(_expert).Embedding;
        var positions = _draw.Positions(step.Batch.Indices, step.Moment.Epoch, step.Moment.Step).to(expected.device);
        return Lesson.FromTerms((student, output) =>
            [new("contrast", _options.Weight, Contrast(student, output.Embedding, expected, positions))]);
    }

    private Tensor Contrast(Learner student, Tensor found, Tensor expected, Tensor positions)
    {
        var own = student.Module<NormalizedProjection>(Projection(Student)).call(found);
        var other = student.Module<NormalizedProjection>(Projection(Teacher)).call(expected);
        var loss = Side(student, Student, own, Teacher, positions).Plus(Side(student, Teacher, other, Student, positions));
        Renew(student.Memory(Bank(Student)), own, positions);
        Renew(student.Memory(Bank(Teacher)), other, positions);
        return loss;
    }

    private Tensor Side(Learner student, string side, Tensor embeddings, string others, Tensor positions)
    {
        // The bank changes before the backward pass, which needs its previous values.
        var similarities = Similarities(embeddings, student.Memory(Bank(others)).clone(), positions);
        var constant = student.Memory(ConstantOf(side));
        using TorchSharp.Scalar zero = 0;
        constant.copy_(constant.where(constant.gt(zero), Constant(similarities, _options.Temperature, _images)));
        return Contrast(similarities, constant.clone(), _options.Temperature, _images);
    }

    private void Renew(Tensor bank, Tensor embeddings, Tensor positions)
    {
        var rows = positions.select(1, 0);
        bank.index_copy_(0, rows, Renewed(bank.index_select(0, rows), embeddings, _options.Momentum));
    }

    private static string Projection(string side) => $"{side}-projection";

    private static string Bank(string side) => $"{side}-bank";

    private static string ConstantOf(string side) => $"{side}-constant";
}
