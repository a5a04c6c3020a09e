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
                        run.Show(Until<CellsEnded>(stream).OfType<CellAdvanced>().Select(advanced => advanced.Event));
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
        run.Show(Until<CellsPrepared>(stream).OfType<CellAdvanced>().Select(advanced => advanced.Event)
            .Where(happened => happened is not TrainingStarted { IsExpert: false }));
        if (stream.Current is CellsPrepared prepared)
            LockstepDisplay.FromOptions(quiet, _whole).Show(prepared.Trainings, Until<CellsEnded>(stream).OfType<CellAdvanced>());
    }

    // Returns the events before the next one of a kind; the ends of cells are told at once.
    private IEnumerable<RunEvent> Until<T>(IEnumerator<RunEvent> stream) where T : RunEvent
    {
        while (stream.MoveNext() && stream.Current is not T)
        {
            string? text = stream.Current switch
            {
                CellFinished finished => ComparisonTexts.Of(finished),
                CellFailed failed => ComparisonTexts.Of(failed, messageOf),
                CellPostponed postponed => ComparisonTexts.Of(postponed),
                _ => null,
            };
            if (text is not null)
                Say(text);
            yield return stream.Current;
        }
    }

    private void Say(string text)
    {
        if (!quiet)
            Output.Line(text);
    }
}
