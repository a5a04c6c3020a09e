using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>Cells start or resume; several train in lock-step. Their events follow, up to <see cref="CellsEnded"/>.</summary>
/// <param name="Cells">The cells.</param>
/// <param name="Work">The work that is left, these cells included.</param>
internal sealed record CellsStarted(IReadOnlyList<ComparisonCell> Cells, ComparisonWork Work) : RunEvent;

/// <summary>The images and experts of the cells are ready; their steps follow.</summary>
/// <param name="Trainings">The trainings of the cells that have not ended yet.</param>
internal sealed record CellsPrepared(IReadOnlyDictionary<ComparisonCell, TrainingStarted> Trainings) : RunEvent;

/// <summary>An event of a cell's run.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Event">The event.</param>
internal sealed record CellAdvanced(ComparisonCell Cell, RunEvent Event) : RunEvent;

/// <summary>A cell's run has ended: it is finished, stopped or failed.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Failure">The error of a cell that failed; otherwise null.</param>
internal sealed record CellEnded(ComparisonCell Cell, Exception? Failure) : RunEvent;

/// <summary>No cell of a group runs any more.</summary>
internal sealed record CellsEnded : RunEvent;

/// <summary>A cell is finished.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Summary">The summary of its run.</param>
internal sealed record CellFinished(ComparisonCell Cell, RunSummary Summary) : RunEvent;

/// <summary>A cell failed; the comparison continues with the others.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Error">The error.</param>
internal sealed record CellFailed(ComparisonCell Cell, Exception Error) : RunEvent;

/// <summary>A cell stopped on request and can be resumed; the comparison ends here.</summary>
/// <param name="Cell">The cell.</param>
internal sealed record CellStopped(ComparisonCell Cell) : RunEvent;

/// <summary>A cell waits, because another one failed that trained a network for it. It resumes from its last checkpoint.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Failed">The cell that failed.</param>
internal sealed record CellPostponed(ComparisonCell Cell, ComparisonCell Failed) : RunEvent;

/// <summary>Other processes work on all cells that are left; this process waits for them.</summary>
/// <param name="Cells">The cells of the other processes.</param>
internal sealed record CellsAwaited(IReadOnlyList<ComparisonCell> Cells) : RunEvent;
