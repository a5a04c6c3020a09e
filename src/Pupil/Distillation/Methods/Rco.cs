using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Equations;
using Pupil.Images;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Route-constrained optimisation (Jin et al. 2019): knowledge distillation from snapshots of the expert's training, early ones first. It
/// resembles the scratch teacher with a path recorded beforehand.
/// </summary>
[MethodAbout("rco", "Route-constrained optimisation (RCO)",
    "(1 − α)·H(y, z_s) + α·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T)), t: snapshot ⌊anchors·(epochs done)/epochs⌋ of the expert's training",
    "Jin et al. 2019, arXiv 1904.09149 (equally spaced anchors; α and T as kd's)",
    Needs = "snapshots of the expert (expert.training.snapshots)")]
public sealed record RcoOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>The number of snapshots in use, each for an equal part of the training, the final expert last. Default 4.</summary>
    [Description("Number of snapshots of the expert's training in use, one after the other; expert.training.snapshots must be as many."),
        Range(2, 10_000)]
    public int Anchors { get; init; } = 4;

    /// <summary>α, the weight of the softened term; the labels have 1 − α. 0…1, default 0.9.</summary>
    [Description("Weight of the softened term (alpha), times T²; the labels have 1 − alpha."), Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.9;

    /// <summary>T, the divisor of both networks' logits. Default 4.</summary>
    [Description("Divisor of the logits before the softmax (T)."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NeedsSnapshots => Anchors;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Rco(this, context.RequiredExpert.Snapshots, context.Labelling);
}

/// <summary>Knowledge distillation from one snapshot after the other. No gradient reaches them.</summary>
/// <param name="options">The settings.</param>
/// <param name="snapshots">The snapshots, the earliest first.</param>
/// <param name="labelling">The number of labels of each image; with several, the softmax is that of <see cref="Outcomes"/>.</param>
public sealed class Rco(RcoOptions options, IReadOnlyList<Expert> snapshots, Labelling labelling = Labelling.One) : Method(options)
{
    /// <inheritdoc/>
    public override double LabelWeight => options.LabelWeight ?? 1 - options.Alpha;

    /// <summary>
    /// Returns the index of the snapshot that teaches at a moment. The anchors are equally spaced; the last is the last snapshot.
    /// </summary>
    /// <param name="moment">The moment.</param>
    /// <param name="anchors">The number of snapshots in use.</param>
    /// <param name="snapshots">The number of snapshots that exist, at least as many.</param>
    public static int At(Moment moment, int anchors, int snapshots)
    {
        int anchor = (int)Math.Min(anchors - 1, anchors * moment.EpochsDone / moment.Epochs);
        return (anchor + 1) * snapshots / anchors - 1;
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = Outcomes.Of(step.OutputOf(snapshots[At(step.Moment, options.Anchors, snapshots.Count)]).Logits, labelling);
        return Lesson.FromTerms((_, output) => [new("softened", options.Alpha * options.Temperature * options.Temperature,
            Kd.Softened(Outcomes.Of(output.Logits, labelling), expected, options.Temperature, SoftenedReduction.BatchMean))]);
    }
}
