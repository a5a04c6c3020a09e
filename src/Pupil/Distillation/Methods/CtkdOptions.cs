using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Equations;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Distillation.Methods;

/// <summary>The teachers in use.</summary>
public enum CtkdTeachers
{
    /// <summary>Scratch teacher and expert: collaborative teaching.</summary>
    Both,

    /// <summary>The scratch teacher alone: Rocket Launching without shared layers.</summary>
    ScratchOnly,

    /// <summary>The expert alone: attention transfer.</summary>
    ExpertOnly,
}

/// <summary>The network whose attention maps follow the expert's.</summary>
public enum AttentionLearner
{
    /// <summary>The student, as in the paper.</summary>
    Student,

    /// <summary>The scratch teacher, as in the released code.</summary>
    ScratchTeacher,
}

/// <summary>The divisor of the path term's sum over images.</summary>
public enum PathDivisor
{
    /// <summary>The number of images in the batch.</summary>
    ImagesInBatch,

    /// <summary>The configured batch size, also for the last, shorter batch of an epoch, as in the released code.</summary>
    ConfiguredBatch,
}

/// <summary>Collaborative teaching knowledge distillation (Zhao et al., arXiv 1907.09643). Defaults are the preset <c>paper</c>.</summary>
[MethodAbout("ctkd", "Collaborative teaching (CTKD)",
    "H(y, z_scratch) + H(y, z_s) + γ·mean_N Σ_K (z_s − stop(z_scratch))² + β·Σ_stages mean_N,HW (Q(A_s) − Q(A_t))²",
    "Zhao et al. 2019, arXiv 1907.09643, and its released code")]
public sealed record CtkdOptions : MethodOptions
{
    /// <summary>The network of the scratch teacher. Default WRN-40-1.</summary>
    [Description("The network that is trained from scratch beside the students; their logits follow its logits at every step.")]
    public NetworkSpec ScratchTeacher { get; init; } = new() { Architecture = "wrn-40-1" };

    /// <summary>The teachers in use. Default both.</summary>
    [Description("The teachers: both, scratch-only or expert-only (the ablation).")]
    public CtkdTeachers Teachers { get; init; }

    /// <summary>γ, the weight of the path term. Default 0.03 (Rocket Launching; the paper's own value is not known).</summary>
    [Description("Weight of the path term (gamma), a sum over the classes: it weighs more with more of them."), Range(0.0, 1e6)]
    public double Gamma { get; init; } = 0.03;

    /// <summary>
    /// β, the weight of the attention term. Default 1000 (attention transfer's code; the paper's own value is not known).
    /// </summary>
    [Description("Weight of the attention term (beta)."), Range(0.0, 1e9)]
    public double Beta { get; init; } = 1000;

    /// <summary>The stages whose attention is compared; null: all.</summary>
    [Description("Names of the stages whose attention is compared, for example [\"stage3\"]; null for all."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <summary>
    /// p, the power of the activations in an attention map, 1…8. Below 1 the gradient has no bound at 0; above 8 float32 overflows.
    /// Default 2.
    /// </summary>
    [Description("The power of the activations in an attention map (p)."), Range(1.0, 8.0)]
    public double AttentionExponent { get; init; } = 2;

    /// <summary>The distance of two maps. Default squared.</summary>
    [Description("squared: mean over images and pixels (the codes). norm: mean over images of the L2 norm (the AT paper; beta then near "
        + "0.05).")]
    public AttentionDistance AttentionDistance { get; init; }

    /// <summary>The network whose attention maps follow the expert's. Default the student.</summary>
    [Description("The network whose attention follows the expert's: student (paper) or scratch-teacher (released code).")]
    public AttentionLearner AttentionOn { get; init; }

    /// <summary>The quantity that the path term compares. Default the logits; the others are for ablations.</summary>
    [Description("The path term compares: logits (paper), probabilities (after the softmax) or divergence (of the softmax, in nats).")]
    public PathForm PathForm { get; init; }

    /// <summary>The divisor of the path term's sum. Default the number of images in the batch.</summary>
    [Description("Divisor of the path term's sum: images-in-batch (paper) or configured-batch (released code).")]
    public PathDivisor PathDivisor { get; init; }

    /// <summary>Whether the scratch teacher gets no gradient of the path term. Default true.</summary>
    [Description("Whether the path term has no gradient with respect to the scratch teacher.")]
    public bool GradientBlock { get; init; } = true;

    /// <summary>Whether students use the scratch teacher's first convolution. Default false.</summary>
    [Description("Whether students and scratch teacher share the first convolution (released code: true).")]
    public bool ShareFirstConvolution { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) =>
    [
        .. NeedsScratchTeacher ? PublishedSetting.OfClasses(MethodName, Gamma, classes, PathForm == PathForm.Logits) : [],
        .. ShareFirstConvolution && students > 1
            ? ["The students share the scratch teacher's first convolution, so that they influence each other; train each alone to compare "
                + "them."] : Array.Empty<string>(),
    ];

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsExpert => Teachers != CtkdTeachers.ScratchOnly;

    /// <summary>Whether a scratch teacher is trained.</summary>
    [JsonIgnore]
    public bool NeedsScratchTeacher => Teachers != CtkdTeachers.ExpertOnly;

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => NeedsScratchTeacher ? LabelNeed.Any : LabelNeed.None;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? RefusesLabelSets => NeedsScratchTeacher ? PathTerm.RefusesLabelSets(PathForm, "pathForm") : null;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => NeedsExpert ? TeacherParts.Stages : TeacherParts.None;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsNetworks => NeedsScratchTeacher;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsIndependentNetworks => NeedsScratchTeacher && GradientBlock && !ShareFirstConvolution
        && (AttentionOn == AttentionLearner.Student || !NeedsExpert);

    /// <inheritdoc/>
    public override void Check()
    {
        NetworkCatalogue.Check(ScratchTeacher);
        if (NeedsScratchTeacher)
            return;
        if (AttentionOn == AttentionLearner.ScratchTeacher)
            throw new UserErrorException("attentionOn: found 'scratch-teacher', but with teachers 'expert-only' there is none; use "
                + "'student'.");
        if (ShareFirstConvolution)
        {
            throw new UserErrorException("shareFirstConvolution: found true, but with teachers 'expert-only' there is no scratch "
                + "teacher; use false.");
        }
    }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context)
    {
        var scratch = NeedsScratchTeacher ? context.BuildCompanion(ScratchTeacher) : null;
        return new Ctkd(this, scratch, NeedsExpert ? context.RequiredExpert : null);
    }
}
