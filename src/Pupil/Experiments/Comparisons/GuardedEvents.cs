using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.LibTorch;

namespace Pupil.Experiments.Comparisons;

/// <summary>A stream of events that ends where the original stream throws, and keeps the exception.</summary>
/// <param name="start">Starts the original stream; may throw as well.</param>
internal sealed class GuardedEvents(Func<IEnumerable<RunEvent>> start)
{
    /// <summary>
    /// The exception; valid once the stream was read to its end. A full disk and its like are user errors, whatever was being written.
    /// </summary>
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
            Failure = NativeLibraries.FindUserError(error) is null && StorageFailure.FindReason(error) is { } reason
                ? new UserErrorException($"Writing failed: {reason}.", error) : error;
            return null;
        }
    }
}
