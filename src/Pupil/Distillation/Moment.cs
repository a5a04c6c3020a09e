namespace Pupil.Distillation;

/// <summary>The position of a batch in a training.</summary>
/// <param name="Epoch">1, 2, 3 …, counted anew after a preliminary phase.</param>
/// <param name="Step">0 … <paramref name="Steps"/> − 1.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Epochs">Epochs of the phase.</param>
public readonly record struct Moment(int Epoch, int Step, int Steps, int Epochs)
{
    /// <summary>Whether this is the phase before the main training; see <see cref="Method.PreliminaryEpochs"/>.</summary>
    public bool IsPreliminary { get; init; }

    /// <summary>Completed epochs, with fractions.</summary>
    public double EpochsDone => Epoch - 1 + (double)Step / Steps;

    /// <summary>The factor of a weight that rises linearly, once per epoch, and reaches 1 in epoch <paramref name="epochs"/>.</summary>
    /// <param name="epochs">Epochs of the rise; 0: the factor is 1.</param>
    public double Rise(int epochs) => epochs <= 0 ? 1 : Math.Min(1, (double)Epoch / epochs);
}
