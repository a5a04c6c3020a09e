using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Experiments.Comparisons;

/// <summary>A cell that is taken, with its lock.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="Held">Its lock.</param>
internal sealed record HeldCell(ComparisonCell Cell, RunFolder Folder, IDisposable Held);

/// <summary>
/// Cells with the same batches that train in lock-step: in a round, each makes one step, so that the batch and the teachers are computed
/// once. Each cell writes its own folder, with the results of a run by itself.
/// </summary>
/// <param name="cells">The cells; the group releases their locks.</param>
/// <param name="open">Opens a cell's experiment.</param>
internal sealed class CellGroup(
    IReadOnlyList<HeldCell> cells, Func<HeldCell, SharedWork?, CancellationToken, IEnumerable<RunEvent>> open) : IDisposable
{
    // Weights, gradients, and two tensors of the optimizer or of averages, in single precision.
    private const int BytesOfParameter = 16;

    private readonly Queue<HeldCell> _waiting = new(cells);
    private readonly List<Member> _members = [];
    private readonly SharedWork? _shared = cells.Count > 1 ? new() : null;

    /// <summary>Runs the cells to their ends, or until a stop is requested.</summary>
    /// <param name="stop">Requests an end after the current step, with checkpoints.</param>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        // A round is never cut, so that all checkpoints are of the same step.
        using var rounds = new CancellationTokenSource();
        using (stop.Register(rounds.Cancel))
        {
            while (_waiting.Count > 0 && !rounds.IsCancellationRequested && HasRoom)
            {
                var cell = _waiting.Dequeue();
                var member = new Member(cell, () => open(cell, _shared, rounds.Token));
                _members.Add(member);
                foreach (var happened in member.Prepare().Concat(Postpone(member)).Concat(End([member])))
                    yield return happened;
            }
        }
        Release();
        yield return new CellsPrepared(_members.ToDictionary(member => member.Cell, member => member.Started!));
        while (_members.Count > 0)
        {
            if (stop.IsCancellationRequested)
                rounds.Cancel();
            var place = _members.Min(member => member.Place);
            var round = _members.Where(member => member.Place == place).ToList();
            foreach (var happened in round.Where(_members.Contains).SelectMany(member => member.Advance().Concat(Postpone(member))))
                yield return happened;
            // Ended together: the checkpoint of a stopped cell may hold what another one trains.
            foreach (var happened in End(round))
                yield return happened;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        foreach (var member in _members)
            member.Dispose();
        _shared?.Dispose();
    }

    private void Release()
    {
        while (_waiting.TryDequeue(out var cell))
            cell.Held.Dispose();
    }

    // A quarter of the memory, where its size is known; the activations are those of one cell at a time.
    private bool HasRoom => _members.Count == 0 || GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is not (> 0 and var all)
        || _members.Sum(Bytes) + _members.Max(Bytes) < all / 4;

    private static long Bytes(Member member) =>
        BytesOfParameter * (member.Started?.Networks.Sum(network => network.Cost.Parameters) ?? 0);

    // The others with a network that a failed cell trained resume from their last checkpoints, in another group.
    private IEnumerable<RunEvent> Postpone(Member member)
    {
        if (member.Failure is null || _shared is null)
            yield break;
        var left = _shared.Withdraw(member.Folder).Select(folder => folder.Path).ToList();
        foreach (var follower in _members.Where(other => left.Contains(other.Folder.Path)).ToList())
        {
            Remove(follower);
            yield return new CellPostponed(follower.Cell, member.Cell);
        }
    }

    private IEnumerable<RunEvent> End(IReadOnlyList<Member> round)
    {
        var ended = round.Where(member => member.IsAtEnd && _members.Contains(member)).ToList();
        foreach (var happened in ended.SelectMany(member => member.Drain()))
            yield return happened;
        foreach (var member in ended)
        {
            // Its reader may write into the folder, which is still locked.
            yield return new CellEnded(member.Cell, member.Failure);
            Remove(member);
        }
    }

    private void Remove(Member member)
    {
        _members.Remove(member);
        member.Dispose();
    }

    /// <summary>A cell whose experiment is being read.</summary>
    private sealed class Member : IDisposable
    {
        private readonly HeldCell _held;
        private readonly GuardedEvents _guarded;
        private readonly IEnumerator<RunEvent> _events;

        public Member(HeldCell held, Func<IEnumerable<RunEvent>> start)
        {
            (_held, _guarded) = (held, new GuardedEvents(start));
            _events = _guarded.Read().GetEnumerator();
        }

        public ComparisonCell Cell => _held.Cell;

        public RunFolder Folder => _held.Folder;

        public TrainingStarted? Started { get; private set; }

        /// <summary>The epoch of the next step, and the steps done in it.</summary>
        public (int Epoch, int StepsDone) Place { get; private set; }

        /// <summary>Whether its training has ended.</summary>
        public bool IsAtEnd { get; private set; }

        public Exception? Failure => _guarded.Failure;

        /// <summary>Reads up to the first step.</summary>
        public IEnumerable<RunEvent> Prepare()
        {
            while (Started is null && Next() is { } happened)
            {
                if (happened is TrainingStarted { IsExpert: false } started)
                    (Started, Place) = (started, (started.EpochsDone + 1, started.StepsDone));
                yield return new CellAdvanced(Cell, happened);
            }
        }

        /// <summary>Reads up to the next step, epoch or end.</summary>
        public IEnumerable<RunEvent> Advance()
        {
            while (Next() is { } happened)
            {
                yield return new CellAdvanced(Cell, happened);
                if (happened is Progressed { Record: var record })
                {
                    Place = record switch
                    {
                        StepRecord step => (step.Epoch, step.Step),
                        EpochRecord epoch => (epoch.Epoch + 1, 0),
                        _ => (1, 0),
                    };
                    yield break;
                }
                if (happened is TrainingFinished or TrainingStopped)
                {
                    IsAtEnd = true;
                    yield break;
                }
            }
        }

        /// <summary>Reads up to the end.</summary>
        public IEnumerable<RunEvent> Drain()
        {
            while (Next() is { } happened)
                yield return new CellAdvanced(Cell, happened);
        }

        public void Dispose()
        {
            _events.Dispose();
            _held.Held.Dispose();
        }

        private RunEvent? Next()
        {
            if (_events.MoveNext())
                return _events.Current;
            IsAtEnd = true;
            return null;
        }
    }
}
