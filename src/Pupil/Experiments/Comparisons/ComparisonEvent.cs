using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>A cell is started or goes on; what its run tells follows.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="Work">How much there is to do, this cell included.</param>
public sealed record CellStarted(ComparisonCell Cell, RunFolder Folder, ComparisonWork Work) : RunEvent;

/// <summary>A cell is finished.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Summary">What came out.</param>
public sealed record CellFinished(ComparisonCell Cell, RunSummary Summary) : RunEvent;

/// <summary>A cell failed; the others go on.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Error">Why.</param>
public sealed record CellFailed(ComparisonCell Cell, Exception Error) : RunEvent;

/// <summary>A cell was asked to stop, and can go on where it stands; the comparison ends here.</summary>
/// <param name="Cell">The cell.</param>
public sealed record CellStopped(ComparisonCell Cell) : RunEvent;

/// <summary>All that is left is worked on by other processes; this one waits for them.</summary>
/// <param name="Cells">What they work on.</param>
public sealed record CellsAwaited(IReadOnlyList<ComparisonCell> Cells) : RunEvent;
