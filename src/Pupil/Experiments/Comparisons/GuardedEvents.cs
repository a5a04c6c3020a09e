using Pupil.Experiments.Runs;

namespace Pupil.Experiments.Comparisons;

/// <summary>A stream of events that ends, and keeps the reason, where the original one would throw.</summary>
/// <param name="start">Begins the original one; may throw as well.</param>
internal sealed class GuardedEvents(Func<IEnumerable<RunEvent>> start)
{
    /// <summary>What was thrown, once the stream was read to its end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Reads it.</summary>
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
