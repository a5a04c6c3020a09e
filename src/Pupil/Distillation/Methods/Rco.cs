using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Route-constrained optimisation (Jin et al. 2019): knowledge distillation from snapshots of the expert's own training, early ones first. The off-line
/// cousin of the scratch teacher.
/// </summary>
[MethodAbout("rco", "Route-constrained optimisation (RCO)", "(1 − α)·H(y, z_s) + α·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T)), t: snapshot ⌊anchors·(epochs done)/epochs⌋ of the expert's training",
    "Jin et al. 2019, arXiv 1904.09149 (equally spaced anchors; α and T as kd's)", Needs = "snapshots of the expert (expert.training.snapshots)")]
public sealed record RcoOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Logits;

    /// <summary>How many snapshots are learnt from, each for an equal part of the training, the finished expert last. Default 4.</summary>
    [Description("How many snapshots of the expert's training are learnt from, one after the other; expert.training.snapshots must be as many."), Range(2, 10_000)]
    public int Anchors { get; init; } = 4;

    /// <summary>α, the share of the softened term; 1 − α goes to the labels. Default 0.9.</summary>
    [Description("The share of the teacher's softened answers; the rest goes to the labels."), Range(0.0, 1.0)]
    public double Alpha { get; init; } = 0.9;

    /// <summary>T, by which both logits are divided before the softmax. Default 4.</summary>
    [Description("What logits are divided by before the softmax."), Range(0.01, 1000.0)]
    public double Temperature { get; init; } = 4;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NeedsSnapshots => Anchors;

    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Rco(this, setting.RequiredExpert.Snapshots);
}

/// <summary>Knowledge distillation from one snapshot after the other. No gradient reaches them.</summary>
public sealed class Rco(RcoOptions options, IReadOnlyList<Expert> snapshots) : Method(options)
{
    /// <inheritdoc/>
    public override double LabelWeight => options.LabelWeight ?? 1 - options.Alpha;

    /// <summary>The snapshot of all that there are (from 0) that teaches at a moment: the anchors are equally spaced, the last snapshot is the last anchor.</summary>
    /// <param name="moment">The moment.</param>
    /// <param name="anchors">How many are learnt from.</param>
    /// <param name="snapshots">How many there are, at least as many.</param>
    public static int At(Moment moment, int anchors, int snapshots)
    {
        int anchor = (int)Math.Min(anchors - 1, anchors * moment.EpochsDone / moment.Epochs);
        return (anchor + 1) * snapshots / anchors - 1;
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(snapshots[At(step.Moment, options.Anchors, snapshots.Count)]).Logits;
        return Lesson.Of((_, answer) => [new("softened", options.Alpha * options.Temperature * options.Temperature,
            Kd.Softened(answer.Logits, expected, options.Temperature, SoftenedReduction.BatchMean))]);
    }
}
