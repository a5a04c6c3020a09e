using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using Pupil.Distillation.Equations;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>The quantity of two factors that is compared.</summary>
public enum FactorForm
{
    /// <summary>Their attention maps: the channel mean of squares, L2-normalised (RepDistiller).</summary>
    ChannelMean,

    /// <summary>The factors themselves, L2-normalised (the paper and its authors' code, whose weight is 500).</summary>
    Whole,
}

/// <summary>Factor transfer (Kim, Park, Kwak 2018). Defaults are RepDistiller's.</summary>
[MethodAbout("ft", "Factor transfer (FT)",
    "first mean (dec(enc(A_t)) − A_t)² alone; then H(y, z_s) + weight·mean |n(translator(A_s)) − n(enc(A_t))|, A the last stage, n a "
        + "normalisation",
    "Kim, Park, Kwak 2018, arXiv 1802.04977; defaults of RepDistiller",
    Needs = "a paraphraser, trained in a phase before the main training; a translator")]
public sealed record FtOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>
    /// The weight of the factors' distance. Default 200 (RepDistiller); the authors' code takes 500 with <see cref="FactorForm.Whole"/>.
    /// </summary>
    [Description("Weight of the factors' distance (RepDistiller 200; the authors 500 with form whole)."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 200;

    /// <summary>The quantity of the factors that is compared. Default their channel mean.</summary>
    [Description("channel-mean: L1 of normalised channel means of squares (RepDistiller). whole: L1 of the normalised factors (the "
        + "paper).")]
    public FactorForm Form { get; init; }

    /// <summary>k, the factor's channels as a share of those of the expert's last stage. Default 0.5.</summary>
    [Description("The factor's channels as a share of those of the expert's last stage (k)."), Range(0.01, 4.0)]
    public double Rate { get; init; } = 0.5;

    /// <summary>
    /// Epochs of the paraphraser's training, before the main training. Default 30. With 0 it keeps its initial weights, and factors are
    /// random features of the expert. A combination with another such phase needs that.
    /// </summary>
    [Description("Epochs of the paraphraser's training, before the main training; 0: it keeps its initial weights."), Range(0, 100_000)]
    public int PreliminaryEpochs { get; init; } = 30;

    /// <summary>The learning rate of those epochs; null: the training's, without its schedule. Default 0.01.</summary>
    [Description("The learning rate of those epochs; null: the training's."), Range(1e-9, 1000.0)]
    public double? PreliminaryRate { get; init; } = 0.01;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int EpochsBefore => PreliminaryEpochs;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Ft(this, context.RequiredExpert, context.Seed);
}

/// <summary>
/// Before the main training, a paraphraser is trained to reconstruct the expert's last stage from a factor of fewer channels. In the main
/// training it is fixed. A translator is trained with the student and maps the student's last stage to the same factor. No gradient
/// reaches the expert.
/// </summary>
public sealed class Ft : Method
{
    private const string ParaphraserName = "paraphraser", TranslatorName = "translator";

    private readonly FtOptions _options;
    private readonly Expert _expert;
    private readonly int _factors;
    private readonly Paraphraser _paraphraser;

    /// <summary>Builds the paraphraser.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="expert">The expert.</param>
    /// <param name="seed">The seed of the paraphraser's initial weights.</param>
    public Ft(FtOptions options, Expert expert, long seed) : base(options)
    {
        (_options, _expert) = (options, expert);
        int channels = expert.StageShapes[^1].Channels;
        _factors = Math.Max(1, (int)(channels * options.Rate));
        var stream = RandomStream.FromKey(RandomStream.Purpose.Initialization, seed, RandomStream.KeyOf(ParaphraserName));
        using var generator = random.manual_seed((long)stream.Next());
        _paraphraser = new Paraphraser(channels, _factors).to(expert.Device);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => [new(ParaphraserName, _paraphraser)];

    /// <inheritdoc/>
    public override double? PreliminaryRate => _options.PreliminaryEpochs > 0 ? _options.PreliminaryRate : null;

    /// <summary>mean |n(F_s) − n(F_t)|, over images and, by the form, pixels or channels and pixels.</summary>
    /// <param name="found">F_s, N×C×H×W.</param>
    /// <param name="expected">
    /// F_t, N×C×H'×W'; gets no gradient. If the sizes differ, both are average-pooled to the smaller one first.
    /// </param>
    /// <param name="form">The form of n.</param>
    public static Tensor Distance(Tensor found, Tensor expected, FactorForm form)
    {
        (found, expected) = MapSizes.ToSmaller(found, expected.detach());
        return functional.l1_loss(Normalized(found, form), Normalized(expected, form));
    }

    /// <summary>
    /// n(F) of the form: <see cref="AttentionMaps.FromActivations"/> with exponent 2, N×(H·W), or the flattened factor divided by its L2
    /// norm, N×(C·H·W).
    /// </summary>
    public static Tensor Normalized(Tensor factor, FactorForm form) =>
        form == FactorForm.ChannelMean ? AttentionMaps.FromActivations(factor, 2) : UnitVectors.FromRows(factor.flatten(1));

    /// <inheritdoc/>
    public override void Enrol(Learner student) =>
        student.Train(TranslatorName, FactorStack.Encoder(student.Network.StageShapes[^1].Channels, _factors, normalizes: true));

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var map = step.OutputOf(_expert).Stages[^1].Map;
        if (step.Moment.IsPreliminary)
            return new Paraphrasing(functional.mse_loss(_paraphraser.call(map), map));
        using var noGradient = no_grad();
        var expected = _paraphraser.Factor(map);
        return Lesson.FromTerms((student, output) =>
        {
            var found = student.Module<FactorStack>(TranslatorName).call(output.Stages[^1].Map);
            return [new("factor", _options.Weight, Distance(found, expected, _options.Form))];
        });
    }

    private sealed class Paraphrasing(Tensor reconstruction) : Lesson
    {
        public override IReadOnlyList<Term> Terms => [new("reconstruction", 1, reconstruction) { Owner = ParaphraserName }];

        public override bool IsForStudents => false;

        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) => [];
    }
}
