using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>The progress of a comparison, for the displays of its cells.</summary>
internal sealed class ComparisonProgress
{
    private readonly HashSet<string> _said = [];
    private CellsStarted? _started;

    /// <summary>Notes that cells start.</summary>
    public void Start(CellsStarted started) => _started = started;

    /// <summary>Whether a sentence was not printed before, since cells repeat many sentences.</summary>
    public bool IsNews(string text) => _said.Add(text);

    /// <summary>Returns the progress of the whole as a line with a bar and the time that is left.</summary>
    /// <param name="started">The present training.</param>
    /// <param name="clock">The progress of this training.</param>
    public string Line(TrainingStarted started, TrainingClock clock)
    {
        // An expert is trained before its cells start.
        return started.IsExpert
            ? Line(0, clock.SecondsLeft + Work.SecondsLeft(Epochs, null))
            : Line(clock.Done, Work.SecondsLeft((1 - clock.Done) * started.Epochs, clock.SecondsPerEpoch));
    }

    /// <summary>Returns the progress of the whole as a line with a bar and the time that is left.</summary>
    /// <param name="state">The cells that train in lock-step.</param>
    public string Line(LockstepState state) =>
        Line(state.Done, Work.SecondsLeft((1 - state.Done) * state.Epochs, state.SecondsPerEpoch));

    private ComparisonWork Work => _started!.Work;

    private int Epochs => _started!.Cells.Max(cell => cell.Settings.AllEpochs);

    private string Line(double done, double? secondsLeft)
    {
        string left = secondsLeft is double seconds ? $"{Output.Time(seconds)} left for all" : "";
        return $"{Markup.Escape(ComparisonTexts.Names(_started!))}  "
            + $"{Output.Bar((Work.Done + done * _started!.Cells.Count) / Work.Total)}  {left}";
    }
}
