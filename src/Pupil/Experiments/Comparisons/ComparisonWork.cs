using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Comparisons;

/// <summary>How much of a comparison is done, and how long the rest will take.</summary>
/// <param name="Done">Cells that are finished, or failed.</param>
/// <param name="Total">All cells.</param>
/// <param name="SecondsPerEpoch">What an epoch of the present cell takes, by finished cells; null where nothing like it is finished.</param>
/// <param name="OtherSeconds">What the cells that wait will take, by finished cells.</param>
/// <param name="OtherEpochs">Epochs of waiting cells about which finished cells say nothing, because there are none.</param>
public sealed record ComparisonWork(int Done, int Total, double? SecondsPerEpoch, double OtherSeconds, int OtherEpochs)
{
    /// <summary>Seconds that are left, or null before there is anything to go by.</summary>
    /// <param name="epochs">Epochs that the present cell has left, with fractions.</param>
    /// <param name="secondsPerEpoch">What an epoch of it takes, as it goes; null if that is not known yet.</param>
    public double? SecondsLeft(double epochs, double? secondsPerEpoch) =>
        (secondsPerEpoch ?? SecondsPerEpoch) is double seconds ? OtherSeconds + seconds * (epochs + OtherEpochs)
        : epochs + OtherEpochs == 0 ? OtherSeconds : null;

    /// <summary>
    /// The work as it stands. A cell's epochs take what those of its row and recipe took; where none is finished, what those of its recipe
    /// took on average, or else those of all.
    /// </summary>
    /// <param name="states">The cells of the job.</param>
    /// <param name="present">The cell that is worked on.</param>
    /// <param name="elsewhere">Whether another process works on a cell: that is no work of this one.</param>
    public static ComparisonWork Of(IReadOnlyList<CellState> states, ComparisonCell present, Func<ComparisonCell, bool> elsewhere)
    {
        double otherSeconds = 0;
        int otherEpochs = 0;
        foreach (var state in states.Where(state => !IsDone(state) && state.Cell != present && !elsewhere(state.Cell)))
        {
            if (Pace(states, state.Cell) is double pace)
                otherSeconds += pace * state.EpochsLeft;
            else
                otherEpochs += state.EpochsLeft;
        }
        int done = states.Count(state => IsDone(state) && state.Cell != present);
        return new ComparisonWork(done, states.Count, Pace(states, present), otherSeconds, otherEpochs);
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
