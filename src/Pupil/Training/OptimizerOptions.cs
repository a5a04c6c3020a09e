using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Settings;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Options of an optimizer; an object without a name in a recipe means <see cref="SgdOptions"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(SgdOptions), "sgd")]
[JsonDerivedType(typeof(AdamWOptions), "adamw")]
[DefaultCase("sgd")]
public abstract record OptimizerOptions
{
    /// <summary>The learning rate, which the schedule scales.</summary>
    public abstract double LearningRate { get; init; }

    /// <summary>Whether weight decay applies to the weights of one dimension too: biases, and batch-norm's. Default true.</summary>
    [Description("Whether weight decay applies to batch-norm's weights and to biases too.")]
    public bool DecayNormAndBias { get; init; } = true;

    /// <summary>Whether the optimizer's state is reset when a multi-step schedule drops the rate.</summary>
    internal virtual bool ResetsAtRateDrops => false;

    /// <summary>Creates the optimizer.</summary>
    /// <param name="weights">The trained weights, each once, by a name that is the same in every run.</param>
    /// <param name="rateFactors">The factors of the learning rate by the names of weights; 1 for other weights.</param>
    internal abstract Optimizer Create(
        IEnumerable<KeyValuePair<string, Tensor>> weights, IReadOnlyDictionary<string, double>? rateFactors = null);
}

/// <summary>Options of stochastic gradient descent; see <see cref="Sgd"/>.</summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>The learning rate, which the schedule scales. Default 0.1.</summary>
    [Description("Learning rate, which the schedule scales."), Range(1e-12, 1e3)]
    public override double LearningRate { get; init; } = 0.1;

    /// <summary>The share of the last update that is kept. Default 0.9.</summary>
    [Description("Share of the last update that is kept."), Range(0.0, 0.99999)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether to use Nesterov's momentum. Default false.</summary>
    [Description("Whether to use Nesterov's momentum.")]
    public bool Nesterov { get; init; }

    /// <summary>The share of every weight that is added to its gradient. Default 5·10⁻⁴.</summary>
    [Description("Share of every weight that is added to its gradient."), Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>
    /// Whether momentum is reset to zero when a multi-step schedule drops the rate, as in the released code. Default false.
    /// </summary>
    [Description("Whether momentum is reset when a multi-step schedule drops the rate (released code: true).")]
    public bool ResetMomentumAtRateDrops { get; init; }

    /// <inheritdoc/>
    internal override bool ResetsAtRateDrops => ResetMomentumAtRateDrops;

    /// <inheritdoc/>
    internal override Optimizer Create(
        IEnumerable<KeyValuePair<string, Tensor>> weights, IReadOnlyDictionary<string, double>? rateFactors = null) =>
        new Sgd(this, weights, rateFactors);
}

/// <summary>Options of Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101); see <see cref="AdamW"/>.</summary>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>The learning rate, which the schedule scales. Default 10⁻³.</summary>
    [Description("Learning rate, which the schedule scales."), Range(1e-12, 1e3)]
    public override double LearningRate { get; init; } = 1e-3;

    /// <summary>The share of the mean gradient that a step keeps. Default 0.9.</summary>
    [Description("Share of the mean gradient that a step keeps."), Range(0.0, 0.99999)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>The share of the mean squared gradient that a step keeps. Default 0.999.</summary>
    [Description("Share of the mean squared gradient that a step keeps."), Range(0.0, 0.999999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>The number that is added to the root of the mean squared gradient. Default 10⁻⁸.</summary>
    [Description("Number that is added to the root of the mean squared gradient."), Range(1e-16, 1.0)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The share of every weight, times the learning rate, that a step subtracts. Default 0.01.</summary>
    [Description("Share of every weight, times the learning rate, that a step subtracts."), Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 0.01;

    /// <inheritdoc/>
    internal override Optimizer Create(
        IEnumerable<KeyValuePair<string, Tensor>> weights, IReadOnlyDictionary<string, double>? rateFactors = null) =>
        new AdamW(this, weights, rateFactors);
}
