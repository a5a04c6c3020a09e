using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>A stream of events that ends where the original stream throws, and keeps the exception.</summary>
/// <param name="start">Starts the original stream; may throw as well.</param>
internal sealed class GuardedEvents(Func<IEnumerable<RunEvent>> start)
{
    /// <summary>The exception; valid once the stream was read to its end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Reads the stream.</summary>
    public IEnumerable<RunEvent> Read()
    {
        IEnumerator<RunEvent>? events = null;
        try
        {
            while (Next(ref events) is { } found)
                yield return found;
        }
        finally
        {
            events?.Dispose();
        }
    }

    private RunEvent? Next(ref IEnumerator<RunEvent>? events)
    {
        try
        {
            events ??= start().GetEnumerator();
            return events.MoveNext() ? events.Current : null;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Failure = error;
            return null;
        }
    }
}
