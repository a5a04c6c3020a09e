using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Distillation.Adapters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Normal = MathNet.Numerics.Distributions.Normal;

namespace Pupil.Distillation.Methods;

/// <summary>The overhaul of feature distillation (Heo et al. 2019). Defaults are mdistiller's.</summary>
[MethodAbout("ofd", "Overhaul of feature distillation (OFD)",
    "H(y, z_s) + weight·Σ_stages 2^(i−n)·mean_N Σ_CHW [s > t or t > 0]·(s − t)², s = r(a_s), t = max(a_t, margin), a pre-activations, r a "
        + "connector",
    "Heo et al. 2019, arXiv 1904.01866; defaults of mdistiller", Needs = "pre-activations, connectors")]
public sealed record OfdOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages | TeacherParts.PreActivations | TeacherParts.Norms;

    /// <summary>The weight of the features. Default 0.001.</summary>
    [Description("Weight of the features."), Range(0.0, 1e6)]
    public double Weight { get; init; } = 1e-3;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Ofd(this, context.RequiredExpert);
}

/// <summary>
/// In all pairs of stages, a trained 1×1 convolution with batch-norm maps the student's pre-activations to the expert's channels. Where
/// the expert's are positive, the loss is the squared distance. Elsewhere it is 0 if the student's lie below the margin. Maps of different
/// size are average-pooled to the smaller one first. No gradient reaches the expert.
/// </summary>
public sealed class Ofd : Method
{
    private readonly OfdOptions _options;
    private readonly Expert _expert;
    private readonly double[][] _margins;

    /// <summary>Computes the margins from the expert's batch-norms, and makes its outputs carry pre-activations.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="expert">The expert.</param>
    /// <exception cref="UserErrorException">Not all of the expert's stages have a batch-norm.</exception>
    public Ofd(OfdOptions options, Expert expert) : base(options)
    {
        (_options, _expert) = (options, expert);
        expert.ShowPreActivations();
        expert.Network.Require(TeacherParts.Norms);
        _margins = [.. expert.StageNorms.Select(Margins)];
    }

    /// <summary>
    /// The mean of the negative values of a normal distribution, E(x | x &lt; 0): β − |γ|·φ(β/γ)/Φ(−β/|γ|). If fewer than one in a thousand
    /// is negative, −3·|γ|.
    /// </summary>
    /// <param name="weight">γ; its absolute value is the standard deviation. If it is 0, the result is min(β, 0).</param>
    /// <param name="bias">β, its mean.</param>
    public static double Margin(double weight, double bias)
    {
        double deviation = Math.Abs(weight);
        if (deviation == 0)
            return Math.Min(bias, 0);
        double score = bias / deviation, negative = Normal.CDF(0, 1, -score);
        return negative > 0.001 ? bias - deviation * Normal.PDF(0, 1, score) / negative : -3 * deviation;
    }

    /// <summary>
    /// Σ_i 2^(i−n) · <see cref="Partial"/>_i over n pairs of maps, i = 1…n: the last has weight 1, each other half of the next.
    /// </summary>
    /// <param name="maps">Pre-activations of student and teacher, and the margins, from the input on.</param>
    public static Tensor Features(IReadOnlyList<(Tensor Found, Tensor Expected, Tensor Margins)> maps) =>
        maps.Select((pair, i) => Partial(pair.Found, pair.Expected, pair.Margins).Times(Math.Pow(2, i + 1 - maps.Count)))
            .Aggregate((sum, next) => sum.Plus(next));

    /// <summary>
    /// The partial distance: mean over images of Σ over channels and pixels of (s − t')² where s &gt; t' or t' &gt; 0; t' = max(t, margin).
    /// </summary>
    /// <param name="found">s, N×C×H×W.</param>
    /// <param name="expected">t, N×C×H×W; gets no gradient.</param>
    /// <param name="margins">The margin of every channel, 1×C×1×1.</param>
    public static Tensor Partial(Tensor found, Tensor expected, Tensor margins)
    {
        using TorchSharp.Scalar zero = 0;
        var raised = expected.detach().maximum(margins);
        var counted = found.gt(raised).logical_or_(raised.gt(zero)).to_type(found.dtype);
        return (found - raised).Squared().mul(counted).sum().Over(found.shape[0]);
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        student.ShowPreActivations();
        foreach (var pair in StagePairs.Between(student.Network, _expert))
        {
            student.Train(Connector(pair), AdaptingConvolution.Connector(pair.LearnerShape.Channels, pair.TeacherShape.Channels));
            double[] margins = _margins[pair.Teacher];
            student.Remember(MarginsOf(pair), tensor(margins, [1, margins.Length, 1, 1], ScalarType.Float32));
        }
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(_expert).Stages;
        return Lesson.FromTerms((student, output) =>
        {
            var maps = from pair in StagePairs.Between(student.Network, _expert)
                       select Connected(student, pair, pair.PreActivations(output.Stages, expected));
            return [new("features", _options.Weight, Features([.. maps]))];
        });
    }

    private static (Tensor Found, Tensor Expected, Tensor Margins) Connected(
        Learner student, StagePair pair, (Tensor Found, Tensor Expected) maps) =>
        (student.Module<AdaptingConvolution>(Connector(pair)).call(maps.Found), maps.Expected, student.Memory(MarginsOf(pair)));

    private static string Connector(StagePair pair) => $"connector-{pair.LearnerShape.Name}";

    private static string MarginsOf(StagePair pair) => $"margins-{pair.LearnerShape.Name}";

    private static double[] Margins(BatchNorm2d norm) => [.. Values(norm.weight!).Zip(Values(norm.bias!), Margin)];

    private static double[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to_type(ScalarType.Float64).data<double>().ToArray();
    }
}
