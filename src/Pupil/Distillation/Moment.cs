namespace Pupil.Distillation;

/// <summary>Where a training stands when a batch is taught.</summary>
/// <param name="Epoch">1, 2, 3 …, counted anew after a preliminary phase.</param>
/// <param name="Step">0 … <paramref name="Steps"/> − 1.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Epochs">Epochs of the phase.</param>
public readonly record struct Moment(int Epoch, int Step, int Steps, int Epochs)
{
    /// <summary>Whether this is the phase before the students learn from labels; see <see cref="Method.PreliminaryEpochs"/>.</summary>
    public bool IsPreliminary { get; init; }

    /// <summary>Epochs done, with fractions.</summary>
    public double EpochsDone => Epoch - 1 + (double)Step / Steps;

    /// <summary>The factor of a weight that rises in a straight line, epoch by epoch, and is whole in epoch <paramref name="epochs"/>; 1 without a rise.</summary>
    /// <param name="epochs">Epochs that it takes; 0: none.</param>
    public double Rise(int epochs) => epochs <= 0 ? 1 : Math.Min(1, (double)Epoch / epochs);
}
