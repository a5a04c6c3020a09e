using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>The sentences of the tool about the cells of a comparison.</summary>
internal static class ComparisonTexts
{
    public static string Of(CellsStarted started)
    {
        var (cells, work) = started;
        double? all = work.SecondsLeft(cells.Max(cell => cell.Settings.AllEpochs), null);
        string left = all is double seconds ? $" ({Output.Time(seconds)} left for all)" : "";
        string lockstep = cells.Count == 1 ? "" : ", in lock-step: batches and teachers are computed once";
        return $"{Names(started)}{lockstep}{left}";
    }

    /// <summary>Returns the places of cells among all, and their names.</summary>
    public static string Names(CellsStarted started)
    {
        var (cells, work) = started;
        string place = cells.Count == 1 ? $"Cell {work.Done + 1}" : $"Cells {work.Done + 1}–{work.Done + cells.Count}";
        return $"{place}/{work.Total}: {cells[0].RecipeName}, {string.Join(", ", cells.Select(cell => cell.Row.Name))}, "
            + $"seed {cells[0].Settings.Seed}";
    }

    /// <summary>Returns the end of an epoch of cells in lock-step as a line.</summary>
    public static string Of(int epoch, LockstepState state)
    {
        var rows = state.Rows.Where(row => row.AllEpochs >= epoch).ToList();
        bool isHeldOut = rows.Any(row => row.HeldOut is not null);
        var scores = from row in rows
                     let score = isHeldOut ? row.HeldOut : row.Test
                     where score is not null
                     select $"{row.Cell.Row.Name} {Output.Percent(score.Value)}";
        string left = state.SecondsLeft is > 0 ? $"  |  {Output.Time(state.SecondsLeft.Value)} left" : "";
        return $"epoch {epoch}/{state.Epochs}  {(isHeldOut ? "held-out" : "test")}: {string.Join("  ", scores)}{left}";
    }

    /// <summary>Returns what is said of a cell in lock-step with others, with its name; null: nothing.</summary>
    public static string? Notable(CellAdvanced advanced)
    {
        string? text = advanced.Event switch
        {
            Progressed { Record: RestartRecord restart } => Texts.Of(restart),
            Progressed { Record: EpochRecord epoch } => Texts.Overtaking(epoch),
            TrainingStopped stopped => Texts.Of(stopped),
            TrainingStarted { Notes.Count: > 0 } started => string.Join(' ', started.Notes),
            _ => null,
        };
        return text is null ? null : $"{advanced.Cell.Row.Name}: {text}";
    }

    public static string Of(CellFinished finished)
    {
        var students = finished.Summary.Networks.Where(result => result.Network.Role == NetworkRole.Student)
            .Select(result => Of(result, finished.Cell.Settings.Data.MeasuredName));
        return $"Finished {finished.Cell.Row.Name}: {string.Join("; ", students)} "
            + $"({Output.Time(finished.Summary.TrainingSeconds)} of training).";
    }

    public static string Of(CellPostponed postponed) =>
        $"{postponed.Cell.Row.Name} resumes later from its last checkpoint: the failed cell trained its teacher.";

    private static string Of(NetworkResult student, string part)
    {
        string best = student.Best is { } found
            ? $", {Output.Percent(found.Test.Score)} with the weights of epoch {found.Epoch}, best on held-out"
            : "";
        string of = student.Last.Test.LabelSets is null ? $"of the {part} images right" : $"mAP on the {part} images";
        return $"{student.Network.Name} {Output.Percent(student.Last.Test.Score)} {of}{best}";
    }

    public static string Of(CellFailed failed, Func<UserErrorException, string> messageOf) =>
        $"Failed: {failed.Cell.Row.Name}: {Reason(failed.Error, messageOf)} The other cells continue.";

    public static string Of(CellsAwaited awaited) =>
        $"Other processes work on all cells that are left; waiting for {string.Join(", ", awaited.Cells)}. Ctrl-C ends only the waiting.";

    /// <summary>Returns why a cell failed.</summary>
    /// <param name="error">The error.</param>
    /// <param name="messageOf">Returns the message of a user error, with advice.</param>
    public static string Reason(Exception error, Func<UserErrorException, string> messageOf) =>
        NativeLibraries.FindUserError(error) is { } found ? messageOf(found) : $"a defect of Pupil: {error.Message}";
}
