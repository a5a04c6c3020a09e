using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;
using TorchSharp;

namespace Pupil.Experiments.Comparisons;

/// <summary>
/// Runs the cells of a comparison one after the other: resumes stopped cells, starts missing ones, and skips finished ones. Several
/// processes may work in one folder; a cell has one process at a time. The work advances as its stream of events is read.
/// </summary>
internal sealed class ComparisonJob
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ComparisonFolder _folder;
    private readonly IReadOnlyList<ComparisonCell> _cells;
    private readonly string _experts;
    private readonly torch.Device _device;
    private readonly Dictionary<ComparisonCell, DateTime> _failedBefore = [];
    private readonly HashSet<ComparisonCell> _elsewhere = [];
    private readonly List<CellFailed> _failures = [];

    private ComparisonJob(ComparisonFolder folder, IReadOnlyList<ComparisonCell> cells, string experts, torch.Device device) =>
        (_folder, _cells, _experts, _device) = (folder, cells, experts, device);

    /// <summary>The cells that failed in this job.</summary>
    public IReadOnlyList<CellFailed> Failures => _failures;

    /// <summary>Writes a comparison into its folder and prepares its cells; cells that failed before are tried again.</summary>
    /// <param name="folder">A folder that is new, empty, or holds this comparison or a part of it.</param>
    /// <param name="plan">The comparison.</param>
    /// <param name="experts">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="only">Selects the cells to run; null for all.</param>
    /// <exception cref="UserErrorException">The folder holds something else, or a cell that was run with another recipe.</exception>
    public static ComparisonJob Open(
        ComparisonFolder folder, ComparisonPlan plan, string experts, torch.Device device, Func<ComparisonCell, bool>? only = null)
    {
        folder.Take(plan);
        var job = new ComparisonJob(folder, [.. plan.Cells.Where(cell => only?.Invoke(cell) ?? true)], experts, device);
        foreach (var cell in job._cells.Where(cell => File.Exists(folder.FailureFile(cell))))
            job._failedBefore[cell] = File.GetLastWriteTimeUtc(folder.FailureFile(cell));
        return job;
    }

    /// <summary>Runs until all cells are finished or failed, also those of other processes. Its reader writes the tables.</summary>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        bool waits = false;
        while (!stop.IsCancellationRequested)
        {
            if (Take() is var (cell, held))
            {
                waits = false;
                using (held)
                {
                    foreach (var step in Run(cell, stop))
                        yield return step;
                }
                continue;
            }
            if (_elsewhere.Count == 0)
                yield break;
            if (!waits)
                yield return new CellsAwaited([.. _cells.Where(_elsewhere.Contains)]);
            waits = true;
            stop.WaitHandle.WaitOne(BetweenLooks);
        }
    }

    // Returns the next cell to run that no other process holds, with its lock; notes the cells that others hold.
    private (ComparisonCell Cell, IDisposable Held)? Take()
    {
        _elsewhere.Clear();
        foreach (var cell in _cells.Where(IsToDo))
        {
            if (_folder.FolderOf(cell).TryLock() is not { } held)
            {
                _elsewhere.Add(cell);
                continue;
            }
            // The process that held it may have finished it.
            if (IsToDo(cell))
                return (cell, held);
            held.Dispose();
        }
        return null;
    }

    // A cell that fails is tried once in a job, by whichever process.
    private bool IsToDo(ComparisonCell cell) => !_folder.FolderOf(cell).IsFinished
        && (!File.Exists(_folder.FailureFile(cell))
            || (_failedBefore.TryGetValue(cell, out var before) && before == File.GetLastWriteTimeUtc(_folder.FailureFile(cell))));

    private CellState State(ComparisonCell cell) => IsToDo(cell) ? _folder.StateOf(cell) with { Failure = null } : _folder.StateOf(cell);

    private IEnumerable<RunEvent> Run(ComparisonCell cell, CancellationToken stop)
    {
        var run = _folder.FolderOf(cell);
        File.Delete(_folder.FailureFile(cell));
        yield return new CellStarted(cell, run, ComparisonWork.FromStates([.. _cells.Select(State)], cell, _elsewhere.Contains));
        var guarded = new GuardedEvents(() => Experiment.OpenLocked(run, cell.Settings, _experts, _device).Run(stop));
        foreach (var step in guarded.Read())
            yield return step;
        if (guarded.Failure is { } error)
        {
            // A user error takes one line; a defect keeps its stack trace.
            AtomicFile.WriteText(_folder.FailureFile(cell), string.Create(CultureInfo.InvariantCulture,
                $"{NativeLibraries.FindUserError(error)?.Message ?? error.ToString()}\n"));
            var failed = new CellFailed(cell, error);
            _failures.Add(failed);
            yield return failed;
        }
        else
        {
            yield return run.ReadSummary() is { } summary ? new CellFinished(cell, summary) : new CellStopped(cell);
        }
    }
}
