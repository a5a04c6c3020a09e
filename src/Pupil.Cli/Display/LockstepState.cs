using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>What is shown of cells that train in lock-step.</summary>
internal sealed class LockstepState
{
    private readonly Dictionary<ComparisonCell, LockstepRow> _rows;
    private readonly Dictionary<ComparisonCell, TrainingClock> _clocks;

    /// <summary>Begins with the cells' trainings.</summary>
    public LockstepState(IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings)
    {
        _rows = trainings.ToDictionary(training => training.Key, training => new LockstepRow(training.Key, training.Value));
        _clocks = trainings.ToDictionary(training => training.Key, training => new TrainingClock(training.Value));
        Epochs = trainings.Count == 0 ? 0 : trainings.Values.Max(training => training.Epochs);
    }

    /// <summary>The cells.</summary>
    public IReadOnlyCollection<LockstepRow> Rows => _rows.Values;

    /// <summary>The largest number of epochs of a cell.</summary>
    public int Epochs { get; }

    /// <summary>The epoch that the cells are in.</summary>
    public int Epoch => Math.Min(Epochs, _rows.Values.Max(row => row.Epochs) + 1);

    /// <summary>The finished share of all cells, 0…1.</summary>
    public double Done => _clocks.Values.Average(clock => clock.Done);

    /// <summary>The estimated seconds that are left for these cells; null before the first estimate.</summary>
    public double? SecondsLeft => _clocks.Values.Max(clock => clock.SecondsLeft);

    /// <summary>The estimated seconds of an epoch of all cells; null before the first estimate.</summary>
    public double? SecondsPerEpoch => _clocks.Values.Max(clock => clock.SecondsPerEpoch);

    /// <summary>Notes an event. A cell that failed or was postponed is no longer among the cells.</summary>
    /// <returns>The epoch whose end the last of the cells has reached by it; otherwise null.</returns>
    public int? Note(RunEvent happened)
    {
        ComparisonCell? left = happened switch
        {
            CellFailed failed => failed.Cell,
            CellPostponed postponed => postponed.Cell,
            _ => null,
        };
        if (left is not null)
        {
            _rows.Remove(left);
            _clocks.Remove(left);
        }
        if (happened is not CellAdvanced { Event: Progressed progressed } advanced || !_rows.TryGetValue(advanced.Cell, out var row))
            return null;
        _clocks[advanced.Cell].Note(progressed.Record);
        if (progressed.Record is not EpochRecord epoch)
            return null;
        row.Note(epoch);
        return _rows.Values.All(other => other.Epochs >= Math.Min(epoch.Epoch, other.AllEpochs)) ? epoch.Epoch : null;
    }
}

/// <summary>What is shown of one cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Started">Its training.</param>
internal sealed record LockstepRow(ComparisonCell Cell, TrainingStarted Started)
{
    private readonly string _student = Started.Networks.First(network => network.Role != NetworkRole.Companion).Name;

    /// <summary>Finished epochs.</summary>
    public int Epochs { get; private set; } = Started.EpochsDone;

    /// <summary>All epochs.</summary>
    public int AllEpochs => Started.Epochs;

    /// <summary>The student's score on the held-out images after the last epoch, 0…1; null: not measured.</summary>
    public double? HeldOut { get; private set; }

    /// <summary>Its score on them in the selected epoch.</summary>
    public double? Best { get; private set; }

    /// <summary>Its last score on the test images.</summary>
    public double? Test { get; private set; }

    /// <summary>Notes the end of an epoch.</summary>
    public void Note(EpochRecord epoch)
    {
        Epochs = epoch.Epoch;
        HeldOut = epoch.HeldOut.GetValueOrDefault(_student)?.Score;
        if (epoch.NewBest.Contains(_student))
            Best = HeldOut;
        Test = epoch.Test.GetValueOrDefault(_student)?.Score ?? Test;
    }
}
