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
    "H(y, z_s) + weight·(NCE(e_s, bank_t) + NCE(e_t, bank_s)), e projected embeddings, NCE the image itself against negatives of other classes",
    "Tian, Krishnan, Isola 2020, arXiv 1910.10699; defaults of RepDistiller", Needs = "projections, two memory banks")]
public sealed record CrdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Embedding;

    /// <summary>The weight of the contrast. Default 0.8.</summary>
    [Description("Weight of the contrast."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 0.8;

    /// <summary>
    /// K, the negatives of each image. Default 16384. They are different images of other classes; where fewer than K are trained on, they
    /// are drawn with replacement, as in RepDistiller.
    /// </summary>
    [Description("Images of other classes that each image is held against; where there are fewer, some come more than once."), Range(1, 1_000_000)]
    public int Negatives { get; init; } = 16_384;

    /// <summary>τ, by which similarities are divided. Default 0.07.</summary>
    [Description("What similarities are divided by."), Range(0.02, 1000.0)]
    public double Temperature { get; init; } = 0.07;

    /// <summary>The share of its former self that a remembered vector keeps when its image comes by. Default 0.5.</summary>
    [Description("The share that a remembered vector keeps when its image comes by."), Range(0.0, 1.0)]
    public double Momentum { get; init; } = 0.5;

    /// <summary>D, the length of the vectors that are compared. Default 128.</summary>
    [Description("Numbers in each of the vectors that are compared."), Range(1, 65_536)]
    public int FeatureDimension { get; init; } = 128;

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.OnePerImage;

    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Crd(this, setting.RequiredExpert,
        setting.TrainingImages ?? throw new UserErrorException(
            "crd remembers every image that is trained on, but was not told which those are; expected TrainingImages to be set."),
        setting.Seed);
}

/// <summary>
/// Both networks' embeddings are projected to D numbers of length 1. For every image that is trained on, two banks keep what its
/// projections have been of late. The student's projection is contrasted with the teacher's bank, the teacher's with the student's. The
/// banks need 2·4·D bytes an image. No gradient reaches expert and banks; both projections are trained along.
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
    /// <param name="images">The images that are trained on.</param>
    /// <param name="seed">What the draw follows from, with epoch and step.</param>
    /// <exception cref="UserErrorException">All images are of one class.</exception>
    public Crd(CrdOptions options, Expert expert, ImageSubset images, long seed) : base(options) =>
        (_options, _expert, _images, _draw) = (options, expert, images.Count, new NegativeDraw(images, options.Negatives, seed));

    /// <summary>e·b of every image with the bank's vectors at its positions, N×(1+K).</summary>
    /// <param name="embeddings">e, N×D.</param>
    /// <param name="bank">b, one row of D numbers for each image that is trained on.</param>
    /// <param name="positions">Which rows: the image's own, then its K negatives; N×(1+K), int64.</param>
    // All products, of which some are kept: less memory than K rows of the bank for every image, and faster.
    public static Tensor Similarities(Tensor embeddings, Tensor bank, Tensor positions) => embeddings.matmul(bank.t()).gather(1, positions);

    /// <summary>
    /// Z, by which the exponentials are divided: M·mean exp(s/τ), over a batch's images and their 1+K similarities. A scalar without
    /// gradient.
    /// </summary>
    /// <param name="similarities">s, N×(1+K).</param>
    /// <param name="temperature">τ.</param>
    /// <param name="images">M, the images that are trained on.</param>
    public static Tensor Constant(Tensor similarities, double temperature, int images) => similarities.detach().Over(temperature).exp().mean().Times(images);

    /// <summary>
    /// −mean_N [log(p_0/(p_0 + K/M)) + Σ_K log((K/M)/(p_k + K/M))], p = exp(s/τ)/Z, with 10⁻⁷ in the denominators: how well an image is
    /// told from its negatives, which are noise of probability 1/M.
    /// </summary>
    /// <param name="similarities">s, N×(1+K), the image's own first.</param>
    /// <param name="constant">Z, a scalar.</param>
    /// <param name="temperature">τ.</param>
    /// <param name="images">M, the images that are trained on.</param>
    public static Tensor Contrast(Tensor similarities, Tensor constant, double temperature, int images)
    {
        long negatives = similarities.shape[1] - 1;
        double noise = (double)negatives / images;
                var logs = similarities.Over(temperature) - constant.log();
        // log(1 + p/noise) rather than two logarithms of which little is left: of the K, each is near 0.
        var sum = logs.exp().Plus(Epsilon).Over(noise).log1p().sum();
        return (sum - logs.select(1, 0).sum()).Over(similarities.shape[0]).Plus(Math.Log(noise));
    }

    /// <summary>m·b + (1 − m)·e, divided by its length: what the bank remembers of images that came by. N×D, without gradient.</summary>
    /// <param name="remembered">b, N×D.</param>
    /// <param name="embeddings">e, N×D.</param>
    /// <param name="momentum">m.</param>
    public static Tensor Renewed(Tensor remembered, Tensor embeddings, double momentum) =>
        UnitVectors.Of(remembered.Times(momentum).Plus(embeddings.detach().Times(1 - momentum)));

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        double bound = 1 / Math.Sqrt(_options.FeatureDimension / 3.0);
        foreach (var (side, width) in new[] { (Student, student.Network.EmbeddingWidth), (Teacher, _expert.EmbeddingWidth) })
        {
            student.Train(Projection(side), new NormalizedProjection(width, _options.FeatureDimension));
            student.Remember(Bank(side), empty(_images, _options.FeatureDimension).uniform_(-bound, bound));
            // No exponential is negative: it is not known yet. The first batch tells.
            student.Remember(ConstantOf(side), tensor([-1f]));
        }
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(_expert).Embedding;
        var positions = _draw.Positions(step.Batch.Indices, step.Moment.Epoch, step.Moment.Step).to(expected.device);
        return Lesson.Of((student, answer) => [new("contrast", _options.Weight, Contrast(student, answer.Embedding, expected, positions))]);
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
        // The bank changes before the loss flows back, which still needs what it was.
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
