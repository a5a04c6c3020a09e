using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Pupil.Training;

/// <summary>
/// The course of the learning rate, as a factor of the optimizer's rate. Time is counted in completed epochs, with fractions.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(MultiStepSchedule), "multi-step")]
[JsonDerivedType(typeof(CosineSchedule), "cosine")]
public abstract record Schedule
{
    /// <summary>Epochs over which the rate rises linearly from 0 at the start, step by step. Default 0: no rise.</summary>
    [Description("Epochs over which the rate rises linearly at the start."), Range(0.0, 100_000.0)]
    public double WarmUpEpochs { get; init; }

    /// <summary>Returns the factor of one step.</summary>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="step">0 … <paramref name="steps"/> − 1.</param>
    /// <param name="steps">Steps in an epoch.</param>
    /// <param name="epochs">Epochs in all.</param>
    public double Factor(int epoch, int step, int steps, int epochs)
    {
        double done = epoch - 1 + (double)step / steps;
        double rise = WarmUpEpochs > 0 ? Math.Min(1, (done + 1.0 / steps) / WarmUpEpochs) : 1;
        return rise * Factor(done, epochs);
    }

    /// <summary>Returns the factor without warm-up.</summary>
    private protected abstract double Factor(double epochsDone, int epochs);

    /// <summary>Whether the rate drops at the start of this epoch.</summary>
    public virtual bool DropsAt(int epoch) => false;

    /// <summary>Checks settings that depend on each other.</summary>
    /// <exception cref="UserErrorException">Two settings contradict each other.</exception>
    public virtual void Check(int epochs)
    {
        if (WarmUpEpochs > epochs)
            throw new UserErrorException($"warmUpEpochs: found {WarmUpEpochs}, expected at most the {epochs} epochs of the training.");
    }
}

/// <summary>The rate is multiplied by a factor at given epochs.</summary>
public sealed record MultiStepSchedule : Schedule
{
    /// <summary>The numbers of epochs after which the rate drops. Default 60, 120, 160.</summary>
    [Description("Numbers of epochs after which the rate drops, rising, for example [60, 120, 160].")]
    public IReadOnlyList<int> Milestones { get; init; } = [60, 120, 160];

    /// <summary>The factor of the rate at each milestone. Default 0.2.</summary>
    [Description("Factor of the rate at each milestone."), Range(0.0, 1.0)]
    public double DropFactor { get; init; } = 0.2;

    private protected override double Factor(double epochsDone, int epochs) =>
        Math.Pow(DropFactor, Milestones.Count(milestone => epochsDone >= milestone));

    /// <inheritdoc/>
    public override bool DropsAt(int epoch) => Milestones.Contains(epoch - 1);

    /// <inheritdoc/>
    public override void Check(int epochs)
    {
        base.Check(epochs);
        if (Milestones.Zip(Milestones.Skip(1)).Any(pair => pair.First >= pair.Second) || Milestones.Any(milestone => milestone < 1))
            throw new UserErrorException($"milestones: found [{string.Join(", ", Milestones)}], expected epochs above 0 in rising order.");
    }
}

/// <summary>The rate falls along half a cosine, from the full rate after the warm-up to the final one at the end.</summary>
public sealed record CosineSchedule : Schedule
{
    /// <summary>The final rate as a share of the full one. Default 0.</summary>
    [Description("Final rate as a share of the full one."), Range(0.0, 1.0)]
    public double FinalFactor { get; init; }

    private protected override double Factor(double epochsDone, int epochs)
    {
        double share = epochs > WarmUpEpochs ? Math.Max(0, (epochsDone - WarmUpEpochs) / (epochs - WarmUpEpochs)) : 0;
        return FinalFactor + (1 - FinalFactor) * 0.5 * (1 + Math.Cos(Math.PI * share));
    }
}
