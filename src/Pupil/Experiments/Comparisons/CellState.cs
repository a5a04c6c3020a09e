using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>The progress of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Summary">The summary of its run; null before it is finished.</param>
/// <param name="EpochsDone">The number of finished epochs.</param>
/// <param name="Seconds">The seconds that these epochs took, evaluation included.</param>
/// <param name="Failure">The error of the last attempt; null if it did not fail.</param>
internal sealed record CellState(ComparisonCell Cell, RunSummary? Summary, int EpochsDone, double Seconds, string? Failure)
{
    /// <summary>Why its records are not counted; null if they are sound. A damaged cell is not run again: a person must decide.</summary>
    public string? Damage { get; init; }

    /// <summary>The number of epochs that are left.</summary>
    public int EpochsLeft => Cell.Settings.AllEpochs - EpochsDone;

    /// <summary>A few words about an unfinished cell.</summary>
    public string Words => Damage is not null ? $"not counted: {Damage}" : Failure is not null ? $"failed: {Failure.Split('\n')[0]}"
        : EpochsDone > 0 ? $"not finished: {EpochsDone} of {Cell.Settings.AllEpochs} epochs" : "not finished";
}
