using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>How far a cell is.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Summary">What came out, once it is finished.</param>
/// <param name="EpochsDone">Epochs that are done.</param>
/// <param name="Seconds">Seconds that they took, evaluation included.</param>
/// <param name="Failure">Why it failed when it was last tried, or null.</param>
public sealed record CellState(ComparisonCell Cell, RunSummary? Summary, int EpochsDone, double Seconds, string? Failure)
{
    /// <summary>Why its records cannot be counted, or null. It is not run again: what is damaged is somebody's to look at.</summary>
    public string? Damage { get; init; }

    /// <summary>Epochs that are not done yet.</summary>
    public int EpochsLeft => Cell.Settings.AllEpochs - EpochsDone;

    /// <summary>In a few words, where it is not finished.</summary>
    public string Words => Damage is not null ? $"not counted: {Damage}" : Failure is not null ? $"failed: {Failure.Split('\n')[0]}"
        : EpochsDone > 0 ? $"not finished: {EpochsDone} of {Cell.Settings.AllEpochs} epochs" : "not finished";
}
