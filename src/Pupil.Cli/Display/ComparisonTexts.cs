using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;

namespace Pupil.Cli.Display;

/// <summary>The sentences of the tool about the cells of a comparison.</summary>
internal static class ComparisonTexts
{
    public static string Of(CellStarted started)
    {
        var (cell, _, work) = started;
        double? all = work.SecondsLeft(cell.Settings.AllEpochs, null);
        string left = all is double seconds ? $" ({Output.Time(seconds)} left for all)" : "";
        return $"Cell {work.Done + 1}/{work.Total}: {cell.RecipeName}, {cell.Row.Name}, seed {cell.Settings.Seed}{left}";
    }

    public static string Of(CellFinished finished)
    {
        var students = finished.Summary.Networks.Where(result => result.Network.Role == NetworkRole.Student).Select(Of);
        return $"Finished: {string.Join("; ", students)} ({Output.Time(finished.Summary.TrainingSeconds)} of training).";
    }

    private static string Of(NetworkResult student)
    {
        string best = student.Best is { } found
            ? $", {Output.Percent(found.Test.Score)} with the weights of epoch {found.Epoch}, best on held-out"
            : "";
        string of = student.Last.Test.LabelSets is null ? "of the test images right" : "mAP on the test images";
        return $"{student.Network.Name} {Output.Percent(student.Last.Test.Score)} {of}{best}";
    }

    public static string Of(CellFailed failed, Func<UserErrorException, string> messageOf) =>
        $"Failed: {Reason(failed.Error, messageOf)}\nThe other cells continue.";

    public static string Of(CellsAwaited awaited) =>
        $"Other processes work on all cells that are left; waiting for {string.Join(", ", awaited.Cells)}. Ctrl-C ends only the waiting.";

    /// <summary>Returns why a cell failed.</summary>
    /// <param name="error">The error.</param>
    /// <param name="messageOf">Returns the message of a user error, with advice.</param>
    public static string Reason(Exception error, Func<UserErrorException, string> messageOf) =>
        NativeLibraries.FindUserError(error) is { } found ? messageOf(found) : $"a defect of Pupil: {error.Message}";
}
