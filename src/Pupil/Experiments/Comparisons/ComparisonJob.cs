using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;
using TorchSharp;

namespace Pupil.Experiments.Comparisons;

/// <summary>
/// Works on the cells of a comparison, one after the other: goes on with those that were stopped, starts those that are missing, leaves
/// finished ones alone. Several processes may work in one folder: each takes a cell that no other has. Whoever reads the stream of events
/// shows progress; not reading on stops the work.
/// </summary>
public sealed class ComparisonJob
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

    /// <summary>Takes a comparison into its folder and readies the work on it; cells that failed before will be tried again.</summary>
    /// <param name="folder">The folder: new, empty, or with this comparison or a part of it.</param>
    /// <param name="plan">The comparison.</param>
    /// <param name="experts">Where experts are kept.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="only">Which of its cells to work on; null: all.</param>
    /// <exception cref="UserErrorException">The folder holds something else, or a cell that was run by another recipe.</exception>
    public static ComparisonJob Open(
        ComparisonFolder folder, ComparisonPlan plan, string experts, torch.Device device, Func<ComparisonCell, bool>? only = null)
    {
        folder.Take(plan);
        var job = new ComparisonJob(folder, [.. plan.Cells.Where(cell => only?.Invoke(cell) ?? true)], experts, device);
        foreach (var cell in job._cells.Where(cell => File.Exists(folder.FailureFile(cell))))
            job._failedBefore[cell] = File.GetLastWriteTimeUtc(folder.FailureFile(cell));
        return job;
    }

    /// <summary>
    /// Works until every cell is finished or has failed, also those that other processes have taken. The tables are written by whoever listens.
    /// </summary>
    /// <param name="stop">Asks to end after the current step, with a checkpoint.</param>
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

    // The next cell that is to be done and that no other process has, with its lock; notes those that others have.
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
            // Whoever held it may have finished it.
            if (IsToDo(cell))
                return (cell, held);
            held.Dispose();
        }
        return null;
    }

    // What fails is tried once in a job, whichever process tries it.
    private bool IsToDo(ComparisonCell cell) => !_folder.FolderOf(cell).IsFinished
        && (!File.Exists(_folder.FailureFile(cell))
            || (_failedBefore.TryGetValue(cell, out var before) && before == File.GetLastWriteTimeUtc(_folder.FailureFile(cell))));

    private CellState State(ComparisonCell cell) => IsToDo(cell) ? _folder.StateOf(cell) with { Failure = null } : _folder.StateOf(cell);

    private IEnumerable<RunEvent> Run(ComparisonCell cell, CancellationToken stop)
    {
        var run = _folder.FolderOf(cell);
        File.Delete(_folder.FailureFile(cell));
        yield return new CellStarted(cell, run, ComparisonWork.Of([.. _cells.Select(State)], cell, _elsewhere.Contains));
        var guarded = new GuardedEvents(() => Experiment.InLocked(run, cell.Settings, _experts, _device).Run(stop));
        foreach (var step in guarded.Read())
            yield return step;
        if (guarded.Failure is { } error)
        {
            // One that can be put right in a line, a defect with all that is known of it.
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
