using System.Diagnostics;
using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;
using TorchSharp;

namespace Pupil.Experiments.Comparisons;

/// <summary>
/// Runs the cells of a comparison: resumes stopped cells, starts missing ones, and skips finished ones. Cells with the same batches train
/// in lock-step (<see cref="CellGroup"/>). Several processes may work in one folder; a cell has one process at a time. The work advances
/// as its stream of events is read.
/// </summary>
internal sealed class ComparisonJob
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly ComparisonFolder _folder;
    private readonly IReadOnlyList<ComparisonCell> _cells;
    private readonly string _experts;
    private readonly torch.Device _device;
    private readonly int _together;
    private readonly bool _waits;
    private readonly Dictionary<ComparisonCell, string> _keys = [];
    private readonly Dictionary<ComparisonCell, DateTime> _failedBefore = [];
    private readonly HashSet<ComparisonCell> _elsewhere = [];
    private readonly List<CellFailed> _failures = [];
    private double _seconds, _recordedSeconds;

    private ComparisonJob(
        ComparisonFolder folder, IReadOnlyList<ComparisonCell> cells, string experts, torch.Device device, int together, bool waits) =>
        (_folder, _cells, _experts, _device, _together, _waits) = (folder, cells, experts, device, together, waits);

    /// <summary>The cells that failed in this job.</summary>
    public IReadOnlyList<CellFailed> Failures => _failures;

    /// <summary>Writes a comparison into its folder and prepares its cells; cells that failed before are tried again.</summary>
    /// <param name="folder">A folder that is new, empty, or holds this comparison or a part of it.</param>
    /// <param name="plan">The comparison.</param>
    /// <param name="experts">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="only">Selects the cells to run; null for all.</param>
    /// <param name="together">The most cells that train in lock-step, 1 …; fewer where memory is short.</param>
    /// <param name="waits">Whether the job waits for cells that other processes hold, and takes over what they leave.</param>
    /// <exception cref="UserErrorException">The folder holds something else, or a cell that was run with another recipe.</exception>
    public static ComparisonJob Open(ComparisonFolder folder, ComparisonPlan plan, string experts, torch.Device device,
        Func<ComparisonCell, bool>? only = null, int together = int.MaxValue, bool waits = true)
    {
        plan = folder.Fit(plan);
        folder.Take(plan);
        var job = new ComparisonJob(
            folder, [.. plan.Cells.Where(cell => only?.Invoke(cell) ?? true)], experts, device, together, waits);
        foreach (var cell in job._cells.Where(cell => File.Exists(folder.FailureFile(cell))))
            job._failedBefore[cell] = File.GetLastWriteTimeUtc(folder.FailureFile(cell));
        return job;
    }

    /// <summary>Returns the number of groups of unfinished cells that train in lock-step.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cells">The cells.</param>
    /// <param name="together">The most cells of a group.</param>
    public static int Groups(ComparisonFolder folder, IEnumerable<ComparisonCell> cells, int together) => cells
        .Where(cell => !folder.FolderOf(cell).IsFinished).GroupBy(cell => SharedWork.KeyOf(cell.Settings))
        .Sum(group => (int)Math.Ceiling((double)group.Count() / together));

    /// <summary>
    /// Runs until all cells are finished or failed, also those of other processes if the job waits. Its reader writes the tables.
    /// </summary>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        bool waits = false;
        while (!stop.IsCancellationRequested)
        {
            var taken = Take();
            if (taken.Count > 0)
            {
                waits = false;
                foreach (var happened in Run(taken, stop))
                    yield return happened;
                continue;
            }
            if (_elsewhere.Count == 0 || !_waits)
                yield break;
            if (!waits)
                yield return new CellsAwaited([.. _cells.Where(_elsewhere.Contains)]);
            waits = true;
            stop.WaitHandle.WaitOne(BetweenLooks);
        }
    }

    // Returns the next cells to run that no other process holds, with the same batches; notes the cells that others hold.
    private List<HeldCell> Take()
    {
        _elsewhere.Clear();
        var taken = new List<HeldCell>();
        foreach (var cell in _cells.Where(IsToDo).Where(cell => taken.Count == 0 || KeyOf(cell) == KeyOf(taken[0].Cell)))
        {
            if (taken.Count == _together)
                break;
            if (_folder.FolderOf(cell).TryLock() is not { } held)
            {
                _elsewhere.Add(cell);
                continue;
            }
            // The process that held it may have finished it.
            if (IsToDo(cell))
                taken.Add(new HeldCell(cell, _folder.FolderOf(cell), held));
            else
                held.Dispose();
        }
        return taken;
    }

    private string KeyOf(ComparisonCell cell)
    {
        if (!_keys.TryGetValue(cell, out string? key))
            _keys.Add(cell, key = SharedWork.KeyOf(cell.Settings));
        return key;
    }

    // A cell that fails is tried once in a job, by whichever process.
    private bool IsToDo(ComparisonCell cell) => !_folder.FolderOf(cell).IsFinished
        && (!File.Exists(_folder.FailureFile(cell))
            || (_failedBefore.TryGetValue(cell, out var before) && before == File.GetLastWriteTimeUtc(_folder.FailureFile(cell))));

    private CellState State(ComparisonCell cell) => IsToDo(cell) ? _folder.StateOf(cell) with { Failure = null } : _folder.StateOf(cell);

    private IEnumerable<RunEvent> Run(IReadOnlyList<HeldCell> taken, CancellationToken stop)
    {
        ComparisonCell[] cells = [.. taken.Select(held => held.Cell)];
        using var group = new CellGroup(taken, Open);
        var states = _cells.Select(State).ToList();
        var before = states.Where(state => cells.Contains(state.Cell)).ToDictionary(state => state.Cell, state => state.Seconds);
        var watch = Stopwatch.StartNew();
        double cost = ComparisonWork.CostOf(_seconds, _recordedSeconds);
        yield return new CellsStarted(cells, ComparisonWork.FromStates(states, cells, _elsewhere.Contains, cost));
        var finished = new List<CellFinished>();
        foreach (var advanced in group.Run(stop))
        {
            var happened = advanced is CellEnded ended ? End(ended) : advanced;
            if (happened is CellFinished cell)
                finished.Add(cell);
            // Experts are trained before.
            if (happened is CellsPrepared)
                watch.Restart();
            yield return happened;
        }
        if (finished.Count == cells.Length)
        {
            _seconds += watch.Elapsed.TotalSeconds;
            _recordedSeconds += finished.Sum(cell => cell.Summary.TrainingSeconds + cell.Summary.EvaluationSeconds - before[cell.Cell]);
        }
        yield return new CellsEnded();
    }

    private IEnumerable<RunEvent> Open(HeldCell held, SharedWork? shared, CancellationToken stop)
    {
        File.Delete(_folder.FailureFile(held.Cell));
        return Experiment.OpenLocked(held.Folder, held.Cell.Settings, _experts, _device, shared).Run(stop);
    }

    private RunEvent End(CellEnded ended)
    {
        var (cell, error) = ended;
        if (error is null)
            return _folder.FolderOf(cell).ReadSummary() is { } summary ? new CellFinished(cell, summary) : new CellStopped(cell);
        // A user error takes one line; a defect keeps its stack trace.
        AtomicFile.WriteText(_folder.FailureFile(cell), string.Create(CultureInfo.InvariantCulture,
            $"{NativeLibraries.FindUserError(error)?.Message ?? error.ToString()}\n"));
        var failed = new CellFailed(cell, error);
        _failures.Add(failed);
        return failed;
    }
}
