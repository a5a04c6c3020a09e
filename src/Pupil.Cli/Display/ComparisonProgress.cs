using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;

namespace Pupil.Cli.Display;

/// <summary>The progress of a comparison, for the displays of its cells.</summary>
internal sealed class ComparisonProgress
{
    private readonly HashSet<string> _said = [];
    private CellStarted? _cell;

    /// <summary>Notes that a cell starts.</summary>
    public void Start(CellStarted cell) => _cell = cell;

    /// <summary>Whether a sentence was not printed before, since cells repeat many sentences.</summary>
    public bool IsNews(string text) => _said.Add(text);

    /// <summary>Returns the progress of the whole as a line with a bar and the time that is left.</summary>
    /// <param name="started">The present training.</param>
    /// <param name="clock">The progress of this training.</param>
    public string Line(TrainingStarted started, TrainingClock clock)
    {
        var (cell, work) = (_cell!.Cell, _cell.Work);
        // An expert is trained before its cell starts.
        double done = started.IsExpert ? 0 : clock.Done;
        string left = SecondsLeft(started, clock) is double seconds ? $"{Output.Time(seconds)} left for all" : "";
        return $"cell {work.Done + 1}/{work.Total}  {cell.RecipeName} · {cell.Row.Name} · seed {cell.Settings.Seed}  "
            + $"{Output.Bar((work.Done + done) / work.Total)}  {left}";
    }

    private double? SecondsLeft(TrainingStarted started, TrainingClock clock) => started.IsExpert
        ? clock.SecondsLeft + _cell!.Work.SecondsLeft(_cell.Cell.Settings.AllEpochs, null)
        : _cell!.Work.SecondsLeft((1 - clock.Done) * started.Epochs, clock.SecondsPerEpoch);
}
