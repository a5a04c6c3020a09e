using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;

namespace Pupil.Cli.Display;

/// <summary>Shows a comparison as it runs: each cell like any other run, and the progress of the whole.</summary>
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
                case CellStarted started:
                    _whole.Start(started);
                    Say(ComparisonTexts.Of(started));
                    RunDisplay.FromOptions(quiet, _whole).Show(EventsOfCell(stream));
                    break;
                case CellsAwaited awaited:
                    Say(ComparisonTexts.Of(awaited));
                    break;
            }
        }
    }

    // Returns the events of the cell's run, and ends with the cell's own last event.
    private IEnumerable<RunEvent> EventsOfCell(IEnumerator<RunEvent> stream)
    {
        while (stream.MoveNext())
        {
            switch (stream.Current)
            {
                case CellFinished finished:
                    Say(ComparisonTexts.Of(finished));
                    yield break;
                case CellFailed failed:
                    Say(ComparisonTexts.Of(failed, messageOf));
                    yield break;
                case CellStopped:
                    yield break;
                default:
                    yield return stream.Current;
                    break;
            }
        }
    }

    private void Say(string text)
    {
        if (!quiet)
            Output.Line(text);
    }
}
