using System.Collections.Concurrent;
using Pupil.Images;
using Pupil.Processes;

namespace Pupil.Experiments.Runs;

/// <summary>Loads images on another thread, and reports progress as events.</summary>
/// <typeparam name="T">What is loaded.</typeparam>
/// <param name="load">Loads it; called once.</param>
internal sealed class ReportedLoad<T>(Func<LoadContext, T> load) where T : class
{
    /// <summary>The result, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public T? Result { get; private set; }

    /// <summary>Loads; the last event is <see cref="DataStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        using var reports = new BlockingCollection<LoadProgress>();
        // A reader that reads no further stops the work as well.
        using var given = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var work = Task.Run(() =>
        {
            try
            {
                return load(new LoadContext { Progress = new Reports(reports), Stop = given.Token });
            }
            finally
            {
                reports.CompleteAdding();
            }
        }, CancellationToken.None);
        try
        {
            foreach (var report in reports.GetConsumingEnumerable(CancellationToken.None))
                yield return new DataProgressed(report);
        }
        finally
        {
            if (!work.IsCompleted)
                given.Cancel();
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne();
        }
        // A signal may have reached one of several processes alone.
        if (ProcessGroups.Current.Any(stop.IsCancellationRequested && !work.IsCompletedSuccessfully))
        {
            yield return new DataStopped();
            yield break;
        }
        Result = work.GetAwaiter().GetResult();
    }

    private sealed class Reports(BlockingCollection<LoadProgress> queue) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => queue.Add(value);
    }
}
