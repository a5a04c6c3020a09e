using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;

namespace Pupil.Cli.Display;

/// <summary>
/// Shows a comparison as it runs: a cell by itself like any other run, cells in lock-step together, and the progress of the whole.
/// </summary>
/// <param name="quiet">Whether nothing is shown.</param>
/// <param name="messageOf">Returns the message of a user error, with advice.</param>
internal sealed class ComparisonDisplay(bool quiet, Func<UserErrorException, string> messageOf)
{
    private readonly ComparisonProgress _whole = new();

    /// <summary>Reads the stream to its end.</summary>
    public void Show(IEnumerable<RunEvent> events)
    {
        using var stream = events.GetEnumerator();
        while (stream.MoveNext())
        {
            switch (stream.Current)
            {
                case CellsStarted started:
                    _whole.Start(started);
                    Say(ComparisonTexts.Of(started));
                    var run = RunDisplay.FromOptions(quiet, _whole);
                    if (started.Cells.Count == 1)
                        run.Show(EventsOfCells<CellsEnded>(stream));
                    else
                        ShowTogether(run, stream);
                    break;
                case CellsAwaited awaited:
                    Say(ComparisonTexts.Of(awaited));
                    break;
            }
        }
    }

    private void ShowTogether(RunDisplay run, IEnumerator<RunEvent> stream)
    {
        // The cells' own trainings begin together, after all are prepared.
        run.Show(EventsOfCells<CellsPrepared>(stream).Where(happened => happened is not TrainingStarted { IsExpert: false }));
        if (stream.Current is CellsPrepared prepared)
            LockstepDisplay.FromOptions(quiet, _whole, TextOf).Show(prepared.Trainings, Until<CellsEnded>(stream));
    }

    // Returns the events of runs before the next event of a kind; the ends of cells are told at once.
    private IEnumerable<RunEvent> EventsOfCells<T>(IEnumerator<RunEvent> stream) where T : RunEvent
    {
        foreach (var happened in Until<T>(stream))
        {
            if (happened is CellAdvanced advanced)
                yield return advanced.Event;
            else if (TextOf(happened) is { } text)
                Say(text);
        }
    }

    private static IEnumerable<RunEvent> Until<T>(IEnumerator<RunEvent> stream) where T : RunEvent
    {
        while (stream.MoveNext() && stream.Current is not T)
            yield return stream.Current;
    }

    private string? TextOf(RunEvent happened) => happened switch
    {
        CellFinished finished => ComparisonTexts.Of(finished),
        CellFailed failed => ComparisonTexts.Of(failed, messageOf),
        CellPostponed postponed => ComparisonTexts.Of(postponed),
        CellAdvanced advanced => ComparisonTexts.Notable(advanced),
        _ => null,
    };

    private void Say(string text)
    {
        if (!quiet)
            Output.Line(text);
    }
}
