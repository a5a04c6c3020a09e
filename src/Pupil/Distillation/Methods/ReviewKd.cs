using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using Pupil.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Knowledge review (Chen et al. 2021). Defaults are mdistiller's; its <see cref="MethodOptions.WarmUpEpochs"/> are 20.
/// </summary>
[MethodAbout("reviewkd", "Knowledge review (ReviewKD)",
    "H(y, z_s) + weight·Σ_levels HCL(fused A_s, a_t): mean squares, whole and pooled to 4, 2, 1; a pre-activations and the embedding",
    "Chen et al. 2021, arXiv 2104.09044; defaults of mdistiller", Needs = "pre-activations, attention-based fusion modules")]
public sealed record ReviewKdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages | TeacherParts.PreActivations;

    /// <summary>Sets the defaults: the term rises over 20 epochs.</summary>
    public ReviewKdOptions() => WarmUpEpochs = 20;

    /// <summary>
    /// The weight of the term. Default 5: the authors' for pairs of WRNs, and for ResNet-32x4 with ResNet-8x4 or ShuffleNetV1. Theirs is
    /// 0.6 for ResNet-56 with ResNet-20, 1 for ResNet-110 with ResNet-32, 8 for ResNet-32x4 with ShuffleNetV2.
    /// </summary>
    [Description("Weight of the term; the authors use for CIFAR-100: 5 for WRN pairs, 0.6 for resnet-56/resnet-20, 1 for "
        + "resnet-110/resnet-32."),
        Range(0.0, 1e6)]
    public double Weight { get; init; } = 5;

    /// <summary>
    /// Whether the student's stages are taken before their last ReLU, like the expert's. Default false, as in both codes.
    /// </summary>
    [Description("Whether the student's stages are taken before their last ReLU, like the expert's.")]
    public bool StudentPreActivations { get; init; }

    /// <summary>Channels in which the levels are fused, limited to the width of the student's embedding. Default 512.</summary>
    [Description("Channels in which the levels are fused, limited to the width of the student's embedding."), Range(1, 65_536)]
    public int MiddleChannels { get; init; } = 512;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new ReviewKd(this, context.RequiredExpert);
}

/// <summary>
/// From the embedding back to the first pair of stages, the student's maps are fused level by level (<see cref="ReviewFusion"/>). Each
/// fused map is compared with the expert's map before its last ReLU. No gradient reaches the expert.
/// </summary>
public sealed class ReviewKd : Method
{
    private const string Deepest = "embedding";

    private readonly ReviewKdOptions _options;
    private readonly Expert _expert;

    /// <summary>Makes the expert's outputs carry pre-activations.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="expert">The expert.</param>
    public ReviewKd(ReviewKdOptions options, Expert expert) : base(options)
    {
        (_options, _expert) = (options, expert);
        expert.ShowPreActivations();
    }

    /// <summary>
    /// The hierarchical context loss of one level: the weighted mean of squared differences of the maps as they are and average-pooled to
    /// 4×4, 2×2 and 1×1. Sizes not smaller than the map are left out. Each has half the weight of the one before.
    /// </summary>
    /// <param name="found">N×C×H×W.</param>
    /// <param name="expected">N×C×H×W; gets no gradient.</param>
    public static Tensor Hierarchical(Tensor found, Tensor expected)
    {
        expected = expected.detach();
        var sum = functional.mse_loss(found, expected);
        double weight = 1, weights = 1;
        foreach (long size in (long[])[4, 2, 1])
        {
            if (size >= Math.Min(found.shape[2], found.shape[3]))
                continue;
            weight /= 2;
            weights += weight;
            sum = sum.Plus(functional.mse_loss(Pooled(found, size), Pooled(expected, size)).Times(weight));
        }
        return sum.Over(weights);
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        var network = student.Network;
        if (_options.StudentPreActivations)
            student.ShowPreActivations();
        int middle = Math.Min(_options.MiddleChannels, network.EmbeddingWidth);
        student.Train(NameOf(Deepest), new ReviewFusion(network.EmbeddingWidth, middle, _expert.EmbeddingWidth, fuses: false));
        foreach (var (_, _, own, others) in StagePairs.Between(network, _expert))
            student.Train(NameOf(own.Name), new ReviewFusion(own.Channels, middle, others.Channels, fuses: true));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(_expert);
        return Lesson.FromTerms((student, output) => [new("review", _options.Weight, Reviewed(student, output, expected))]);
    }

    private Tensor Reviewed(Learner student, NetworkOutput found, NetworkOutput expected)
    {
        (var total, Tensor? gathered) = Level(Deepest, AsMap(found.Embedding), null, AsMap(expected.Embedding));
        foreach (var pair in StagePairs.Between(student.Network, _expert).Reverse())
        {
            var stage = found.Stages[pair.Learner];
            var map = _options.StudentPreActivations ? stage.PreActivation! : stage.Map;
            (var loss, gathered) = Level(stage.Name, map, gathered, expected.Stages[pair.Teacher].PreActivation!);
            total = total.Plus(loss);
        }
        return total;

        (Tensor Loss, Tensor Gathered) Level(string name, Tensor map, Tensor? deeper, Tensor target)
        {
            var (output, own) = student.Module<ReviewFusion>(NameOf(name)).Review(map, deeper, target.shape[2], target.shape[3]);
            return (Hierarchical(output, target), own);
        }
    }

    private static Tensor Pooled(Tensor map, long size) => functional.adaptive_avg_pool2d(map, (size, size));

    private static string NameOf(string level) => $"fusion-{level}";

    private static Tensor AsMap(Tensor embedding) => embedding.unsqueeze(-1).unsqueeze(-1);
}
