using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Rocket Launching (Zhou et al. 2018): the student is trained beside a booster, shares layers with it, and its logits follow the
/// booster's at every step. Without shared layers it is collaborative teaching without an expert.
/// </summary>
[MethodAbout("rocket", "Rocket Launching", "H(y, z_booster) + H(y, z_s) + γ·mean_N Σ_K (z_s − stop(z_booster))²",
    "Zhou et al. 2018, arXiv 1708.04106, and zhougr1993/Rocket-Launching; with kd from an expert as a combination",
    Needs = "a booster, trained beside the student")]
public sealed record RocketOptions : MethodOptions
{
    /// <summary>The network of the booster. Default WRN-40-1.</summary>
    [Description("The network that is trained beside the students; their logits follow its logits at every step.")]
    public NetworkSpec Booster { get; init; } = new() { Architecture = "wrn-40-1" };

    /// <summary>γ, the weight of the hint. Default 0.03.</summary>
    [Description("Weight of the hint (gamma), a sum over the classes: it weighs more with more of them."), Range(0.0, 1e6)]
    public double Gamma { get; init; } = 0.03;

    /// <summary>The quantity that the hint compares. Default the logits, the best of the paper's three.</summary>
    [Description("The hint compares: logits (the paper's choice), probabilities (after the softmax) or divergence (of the softmax, in "
        + "nats).")]
    public PathForm Hint { get; init; }

    /// <summary>Whether the booster gets no gradient of the hint. Default true.</summary>
    [Description("Whether the hint has no gradient with respect to the booster.")]
    public bool GradientBlock { get; init; } = true;

    /// <summary>The layers that students and booster share. Default interval, which has the paper's better results.</summary>
    [Description("Shared layers: none; first-convolution; bottom (also the first group's first blocks); "
        + "interval (also every group's first blocks). Norms are not shared.")]
    public LayerSharing Sharing { get; init; } = LayerSharing.Interval;

    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.Any;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string? RefusesLabelSets => PathTerm.RefusesLabelSets(Hint, "hint");

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsNetworks => true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool TrainsIndependentNetworks => GradientBlock && Sharing == LayerSharing.None;

    /// <inheritdoc/>
    public override void Check() => NetworkCatalogue.Check(Booster);

    /// <inheritdoc/>
    public override IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) =>
        PublishedSetting.OfClasses(MethodName, Gamma, classes, Hint == PathForm.Logits);

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Rocket(this, context.BuildCompanion(Booster));
}

/// <summary>Rocket Launching; the hint is <see cref="PathTerm"/>.</summary>
public sealed class Rocket(RocketOptions options, Network booster) : Method(options)
{
    private const string CompanionName = "booster";

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => [new(CompanionName, booster)];

    /// <inheritdoc/>
    public override SharedLayers? SharedLayers => options.Sharing == LayerSharing.None ? null : new(booster, options.Sharing);

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) => new BoosterLesson(options, step.Batch, step.OutputOf(booster));

    private sealed class BoosterLesson(RocketOptions options, Batch batch, NetworkOutput booster) : Lesson
    {
        public override IReadOnlyList<Term> Terms { get; } = Term.OfLabels(CompanionName, 1, booster.Logits, batch.Target);

        public override bool StudentsMoveTeachers => !options.GradientBlock;

        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) =>
        [
            new("hint", options.Gamma,
                PathTerm.Value(output.Logits, booster.Logits, output.Logits.shape[0], options.Hint, options.GradientBlock)),
        ];
    }
}
