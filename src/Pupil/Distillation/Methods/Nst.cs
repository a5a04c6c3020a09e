using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Neuron selectivity transfer (Huang and Wang 2017): matches the distributions of the channels' maps of student and expert.
/// </summary>
[MethodAbout("nst", "Neuron selectivity transfer (NST)",
    "H(y, z_s) + weight·Σ_stages [mean k(t,t') + mean k(s,s') − 2·mean k(s,t)], k(a,b) = (a·b)², over channels' flattened maps of norm 1",
    "Huang and Wang 2017, arXiv 1707.01219; defaults of HobbitLong/RepDistiller")]
public sealed record NstOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>The weight of the term. Default 50.</summary>
    [Description("Weight of the term."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 50;

    /// <summary>The stages that are compared; null: all.</summary>
    [Description("Names of the student's stages that are compared; null for all."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Nst(this, context.RequiredExpert);
}

/// <summary>
/// Neuron selectivity transfer: the squared maximum mean discrepancy with the polynomial kernel. No gradient reaches the expert.
/// </summary>
public sealed class Nst(NstOptions options, Expert expert) : Method(options)
{
    /// <summary>The squared discrepancy of one stage, mean over the N images.</summary>
    /// <param name="student">A_s, N×C×H×W.</param>
    /// <param name="teacher">A_t, N×C'×H×W; gets no gradient.</param>
    public static Tensor Discrepancy(Tensor student, Tensor teacher)
    {
        var (found, expected) = (Unit(student), Unit(teacher.detach()));
        return Kernel(expected, expected).Plus(Kernel(found, found)) - Kernel(found, expected).Times(2);
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student) => StagePairs.Between(student.Network, expert, options.Stages);

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Stages;
        return Lesson.FromTerms((student, output) => [new("selectivity", options.Weight, Total(student, output.Stages, expected))]);
    }

    private Tensor Total(Learner student, IReadOnlyList<Feature> found, IReadOnlyList<Feature> expected) =>
        StagePairs.Between(student.Network, expert, options.Stages)
            .Select(pair => pair.Maps(found, expected))
            .Select(maps => Discrepancy(maps.Learner, maps.Teacher))
            .Aggregate((sum, next) => sum.Plus(next));

    // N×C×HW, every channel's map of norm 1.
    private static Tensor Unit(Tensor map) => functional.normalize(map.flatten(2), dim: 2);

    private static Tensor Kernel(Tensor one, Tensor other) => one.bmm(other.transpose(1, 2)).Squared().mean();
}
