using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation.Equations;

namespace Pupil.Distillation.Methods;

/// <summary>Attention transfer (Zagoruyko and Komodakis 2017): the student's attention maps are brought near the expert's.</summary>
[MethodAbout("at", "Attention transfer (AT)",
    "H(y, z_s) + β·Σ_stages mean_N,HW (Q(A_s) − Q(A_t))²; as the paper writes it β·Σ_stages mean_N ‖Q(A_s) − Q(A_t)‖₂",
    "Zagoruyko and Komodakis 2017, arXiv 1612.03928, and szagoruyko/attention-transfer")]
public sealed record AtOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>
    /// β, the weight of the attention term. Default 1000, as in the code; with <see cref="AttentionDistance.Norm"/> near 0.05 (half the
    /// paper's 0.1).
    /// </summary>
    [Description("Weight of the attention term (beta); with distance norm take about 0.05."), Range(0.0, 1e9)]
    public double Beta { get; init; } = 1000;

    /// <summary>The stages whose attention is compared; null: all.</summary>
    [Description("Names of the student's stages whose attention is compared; null for all."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <summary>p, the power of the activations, 1…8. Default 2.</summary>
    [Description("The power of the activations in an attention map (p)."), Range(1.0, 8.0)]
    public double Exponent { get; init; } = 2;

    /// <summary>The distance of two maps. Default squared.</summary>
    [Description("squared: mean over images and pixels (the code). norm: mean over images of the L2 norm (the paper).")]
    public AttentionDistance Distance { get; init; }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new At(this, context.RequiredExpert);
}

/// <summary>Attention transfer; its equations are <see cref="AttentionMaps"/>. No gradient reaches the expert.</summary>
public sealed class At(AtOptions options, Expert expert) : Method(options)
{
    /// <inheritdoc/>
    public override void Enrol(Learner student) => StagePairs.Between(student.Network, expert, options.Stages);

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Stages;
        return Lesson.FromTerms((student, output) =>
        {
            var maps = StagePairs.Between(student.Network, expert, options.Stages).Select(pair => pair.Maps(output.Stages, expected));
            return [new("attention", options.Beta, AttentionMaps.Total(maps, options.Exponent, options.Distance))];
        });
    }
}
