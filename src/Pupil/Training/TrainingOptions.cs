using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Pupil.Training;

/// <summary>How long and how fast to train. Defaults are the full protocol of the paper's code.</summary>
public sealed record TrainingOptions
{
    /// <summary>How often every image is seen. Default 200.</summary>
    [Description("How often every training image is seen."), Range(1, 100_000)]
    public int Epochs { get; init; } = 200;

    /// <summary>Images in a step; the last step of an epoch may have fewer. Default 128.</summary>
    [Description("Images in a step; the last step of an epoch may have fewer."), Range(2, 65_536)]
    public int BatchSize { get; init; } = 128;

    /// <summary>How many equally spaced epochs' weights are kept as files, the last one included. Default 0.</summary>
    [Description("How many equally spaced epochs' weights are kept as files beside the student's, the last epoch's included."), Range(0, 10_000)]
    public int Snapshots { get; init; }

    /// <summary>The optimizer.</summary>
    [Description("Stochastic gradient descent.")]
    public SgdOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rate falls.</summary>
    [Description("How the learning rate changes over the epochs.")]
    public Schedule Schedule { get; init; } = new MultiStepSchedule();

    /// <summary>Test accuracy is recorded every so many epochs, and at the end in any case; 0: only at the end. It never selects anything. Default 1.</summary>
    [Description("Record test accuracy every so many epochs (0: only at the end). It never selects anything."), Range(0, 100_000)]
    public int TestEvery { get; init; } = 1;
}

/// <summary>Settings of stochastic gradient descent; see <see cref="Sgd"/>.</summary>
public sealed record SgdOptions
{
    /// <summary>The learning rate before the schedule changes it. Default 0.1.</summary>
    [Description("The learning rate before the schedule changes it."), Range(1e-12, 1e3)]
    public double LearningRate { get; init; } = 0.1;

    /// <summary>The share of the last update that goes on. Default 0.9.</summary>
    [Description("The share of the last update that is kept."), Range(0.0, 0.99999)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the gradient is looked at one momentum step ahead. Default false.</summary>
    [Description("Nesterov's momentum.")]
    public bool Nesterov { get; init; }

    /// <summary>The share of every weight, batch-norm's included, that is added to its gradient. Default 5·10⁻⁴.</summary>
    [Description("The share of every weight that is added to its gradient."), Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Whether momentum starts from zero wherever a multi-step schedule drops the rate, as in the released code. Default false.</summary>
    [Description("Whether momentum starts anew wherever a multi-step schedule drops the rate (released code: true).")]
    public bool ResetMomentumAtRateDrops { get; init; }
}
