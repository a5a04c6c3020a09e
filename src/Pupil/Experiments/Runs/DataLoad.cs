using System.Collections.Concurrent;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;

namespace Pupil.Experiments.Runs;

/// <summary>Loads a recipe's images on another thread, and reports progress.</summary>
/// <param name="options">The recipe's data.</param>
/// <param name="resumes">Whether the images are those of a run that was started before.</param>
/// <param name="known">The images, if they are loaded already.</param>
internal sealed class DataLoad(DataOptions options, bool resumes = false, PreparedData? known = null)
{
    /// <summary>The images, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public PreparedData? Data { get; private set; } = known;

    /// <summary>Loads the images; the last event is <see cref="DataReady"/>, or <see cref="DataStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        if (Data is { } loaded)
        {
            yield return new DataReady(loaded);
            yield break;
        }
        using var reports = new BlockingCollection<LoadProgress>();
        // A reader that reads no further stops the work as well.
        using var given = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var work = Task.Run(() =>
        {
            try
            {
                return options.Prepare(new LoadContext { Progress = new Reports(reports), Stop = given.Token });
            }
            catch (UserErrorException error) when (resumes && error.Cause is BrokenPicturesFound)
            {
                throw BrokenPictures.RefuseToResume((BrokenPicturesFound)error.Cause);
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
        if (stop.IsCancellationRequested && !work.IsCompletedSuccessfully)
        {
            yield return new DataStopped();
            yield break;
        }
        Data = work.GetAwaiter().GetResult();
        yield return new DataReady(Data);
    }

    private sealed class Reports(BlockingCollection<LoadProgress> queue) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => queue.Add(value);
    }
}
