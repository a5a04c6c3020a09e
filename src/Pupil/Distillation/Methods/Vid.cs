using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Variational information distillation (Ahn et al. 2019): maximises the likelihood of the expert's maps given the student's.
/// </summary>
[MethodAbout("vid", "Variational information distillation (VID)",
    "H(y, z_s) + weight·Σ_stages ½·mean [(μ(A_s) − A_t)²/v_c + log v_c], v_c = log(1 + e^ρ_c) + 10⁻⁵",
    "Ahn et al. 2019, arXiv 1904.05835; defaults of HobbitLong/RepDistiller", Needs = "a regressor and variances for each stage")]
public sealed record VidOptions : ExpertMethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TeacherParts Reads => TeacherParts.Stages;

    /// <summary>The weight of the term. Default 1.</summary>
    [Description("Weight of the term."), Range(0.0, 1e9)]
    public double Weight { get; init; } = 1;

    /// <summary>The initial variance of every channel. Default 5.</summary>
    [Description("Initial variance of every channel."), Range(0.001, 1e6)]
    public double Variance { get; init; } = 5;

    /// <summary>The stages that are compared; null: all.</summary>
    [Description("Names of the student's stages that are compared; null for all."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Vid(this, context.RequiredExpert);
}

/// <summary>
/// Variational information distillation. Maps of different size are pooled to the smaller one. No gradient reaches the expert.
/// </summary>
public sealed class Vid(VidOptions options, Expert expert) : Method(options)
{
    private const double LeastVariance = 1e-5;

    /// <summary>½ · mean over all elements of (μ − A_t)²/v_c + log v_c, v_c = softplus(ρ_c) + 10⁻⁵.</summary>
    /// <param name="mean">μ(A_s), N×C×H×W.</param>
    /// <param name="teacher">A_t, N×C×H×W; gets no gradient.</param>
    /// <param name="rho">ρ, C numbers.</param>
    public static Tensor Likelihood(Tensor mean, Tensor teacher, Tensor rho)
    {
        var variance = functional.softplus(rho).Plus(LeastVariance).reshape(1, -1, 1, 1);
        return ((mean - teacher.detach()).Squared() / variance).Plus(variance.log()).mean().Over(2);
    }

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        foreach (var pair in Pairs(student))
            student.Train(Name(pair), new Gaussian(pair.LearnerShape.Channels, pair.TeacherShape.Channels, options.Variance));
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step)
    {
        var expected = step.OutputOf(expert).Stages;
        return Lesson.FromTerms((student, output) => [new("information", options.Weight, Pairs(student).Select(pair =>
        {
            var (found, wanted) = pair.Maps(output.Stages, expected);
            var gaussian = student.Module<Gaussian>(Name(pair));
            return Likelihood(gaussian.call(found), wanted, gaussian.Rho);
        }).Aggregate((sum, next) => sum.Plus(next)))]);
    }

    private IReadOnlyList<StagePair> Pairs(Learner student) => StagePairs.Between(student.Network, expert, options.Stages);

    private static string Name(StagePair pair) => $"gaussian-{pair.LearnerShape.Name}";

    // μ: three 1×1 convolutions with ReLU between; ρ beside it.
    private sealed class Gaussian : Module<Tensor, Tensor>
    {
        private readonly Conv2d[] _convolutions;

        public Gaussian(int from, int to, double variance) : base("gaussian")
        {
            _convolutions = [Conv2d(from, to, 1, bias: false), Conv2d(to, to, 1, bias: false), Conv2d(to, to, 1, bias: false)];
            for (int i = 0; i < _convolutions.Length; i++)
                register_module($"convolution{i + 1}", _convolutions[i]);
            using TorchSharp.Scalar rho = (float)Math.Log(Math.Exp(variance - LeastVariance) - 1);
            register_parameter("rho", new Parameter(full(to, rho)));
        }

        // A property, not a field: moving the module to another device makes a new parameter.
        public Parameter Rho => get_parameter("rho")!;

        public override Tensor forward(Tensor map)
        {
            using var scope = NewDisposeScope();
            var inner = _convolutions[1].Convolve(_convolutions[0].Convolve(map).relu_()).relu_();
            return _convolutions[2].Convolve(inner).MoveToOuterDisposeScope();
        }

        protected override void RegisterComponents() { }
    }
}
