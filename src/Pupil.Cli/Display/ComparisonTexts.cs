using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;

namespace Pupil.Cli.Display;

/// <summary>What the tool says about a comparison's cells, in plain words.</summary>
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

    private static string Of(NetworkResult student) => $"{student.Network.Name} {Output.Percent(student.Last.Test.Top1)} of the test images right"
        + (student.Best is { } best ? $", {Output.Percent(best.Test.Top1)} with the weights of epoch {best.Epoch}, best on held-out" : "");

    public static string Of(CellFailed failed) => $"Failed: {Reason(failed.Error)}\nThe other cells go on.";

    public static string Of(CellsAwaited awaited) =>
        $"All that is left is worked on by other processes; waiting for {string.Join(", ", awaited.Cells)}. Ctrl-C ends the waiting alone.";

    /// <summary>Why a cell failed, for people.</summary>
    public static string Reason(Exception error) => NativeLibraries.FindUserError(error)?.Message ?? $"a defect of Pupil: {error.Message}";
}
