using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Comparisons;

/// <summary>The finished work of a comparison, and an estimate of the rest.</summary>
/// <param name="Done">The number of cells that are finished or failed.</param>
/// <param name="Total">The number of all cells.</param>
/// <param name="SecondsPerEpoch">Seconds per epoch of all present cells, estimated from finished cells; null without any.</param>
/// <param name="OtherSeconds">Seconds of the waiting cells, estimated from finished cells.</param>
/// <param name="OtherEpochs">
/// Epochs of the waiting cells that no finished cell gives an estimate for, in groups as large as the present one.
/// </param>
internal sealed record ComparisonWork(int Done, int Total, double? SecondsPerEpoch, double OtherSeconds, double OtherEpochs)
{
    /// <summary>Estimates the seconds that are left; null while nothing is measured.</summary>
    /// <param name="epochs">Epochs that the present cells have left, with fractions.</param>
    /// <param name="secondsPerEpoch">Measured seconds per epoch of all present cells; null if not measured yet.</param>
    public double? SecondsLeft(double epochs, double? secondsPerEpoch) =>
        (secondsPerEpoch ?? SecondsPerEpoch) is double seconds ? OtherSeconds + seconds * (epochs + OtherEpochs)
        : epochs + OtherEpochs == 0 ? OtherSeconds : null;

    /// <summary>
    /// Computes the work from the states of the cells. The estimate for a cell is the mean over finished cells of its row and recipe.
    /// Without any, it is the mean over its recipe, or else over all.
    /// </summary>
    /// <param name="states">The cells of the job.</param>
    /// <param name="present">The cells that run.</param>
    /// <param name="elsewhere">Whether another process runs a cell, so that it is no work of this process.</param>
    /// <param name="cost">The measured share of a cell's recorded seconds that it costs here: less than 1 where cells share work.</param>
    public static ComparisonWork FromStates(IReadOnlyList<CellState> states, IReadOnlyCollection<ComparisonCell> present,
        Func<ComparisonCell, bool> elsewhere, double cost = 1)
    {
        double otherSeconds = 0, otherEpochs = 0;
        foreach (var state in states.Where(state => !IsDone(state) && !present.Contains(state.Cell) && !elsewhere(state.Cell)))
        {
            if (Pace(states, state.Cell) is double pace)
                otherSeconds += cost * pace * state.EpochsLeft;
            else
                otherEpochs += (double)state.EpochsLeft / present.Count;
        }
        int done = states.Count(state => IsDone(state) && !present.Contains(state.Cell));
        double? paces = present.Aggregate((double?)0, (sum, cell) => sum + Pace(states, cell));
        return new ComparisonWork(done, states.Count, cost * paces, otherSeconds, otherEpochs);
    }

    /// <summary>Returns what a recorded second costs: at most 10 seconds, and 1 while nothing is recorded.</summary>
    /// <param name="seconds">The seconds that finished cells took.</param>
    /// <param name="recordedSeconds">
    /// Those that they recorded: nearly none by a cell that was stopped after its last epoch, and had only its summary left to write.
    /// </param>
    public static double CostOf(double seconds, double recordedSeconds)
    {
        const double Most = 10;
        return recordedSeconds > 0 ? Math.Min(Most, seconds / recordedSeconds) : 1;
    }

    private static bool IsDone(CellState state) => state.Summary is not null || state.Failure is not null || state.Damage is not null;

    private static double? Pace(IReadOnlyList<CellState> states, ComparisonCell cell) =>
        Mean(states, other => other.RecipeName == cell.RecipeName && other.Row.Name == cell.Row.Name)
            ?? Mean(states, other => other.RecipeName == cell.RecipeName)
            ?? Mean(states, _ => true);

    private static double? Mean(IEnumerable<CellState> states, Func<ComparisonCell, bool> isLike)
    {
        var done = states.Where(state => state.Summary is not null && isLike(state.Cell)).ToList();
        return done.Count > 0 ? done.Sum(state => state.Seconds) / done.Sum(state => state.EpochsDone) : null;
    }
}
