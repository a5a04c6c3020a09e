using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>A cell starts or is resumed; the events of its run follow.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="Work">The work that is left, this cell included.</param>
internal sealed record CellStarted(ComparisonCell Cell, RunFolder Folder, ComparisonWork Work) : RunEvent;

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

/// <summary>Other processes work on all cells that are left; this process waits for them.</summary>
/// <param name="Cells">The cells of the other processes.</param>
internal sealed record CellsAwaited(IReadOnlyList<ComparisonCell> Cells) : RunEvent;
