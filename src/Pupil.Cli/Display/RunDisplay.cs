using Pupil.Data;
using Pupil.Runs;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>Shows an experiment while it goes. What it says is the same everywhere; how a training's progress looks differs.</summary>
internal abstract class RunDisplay
{
    /// <summary>The display for this output: live on a terminal, lines elsewhere, or nothing.</summary>
    public static RunDisplay For(bool quiet) => quiet ? new QuietDisplay() : Output.IsTerminal ? new LiveDisplay() : new PlainDisplay();

    /// <summary>Reads the stream to its end.</summary>
    /// <returns>False if the experiment was stopped before its end.</returns>
    public bool Show(IEnumerable<RunEvent> events)
    {
        bool finished = true;
        using var stream = events.GetEnumerator();
        while (stream.MoveNext())
        {
            switch (stream.Current)
            {
                case TrainingStarted started:
                    // A training's records follow one another until it is finished or stopped.
                    finished = Training(started, stream);
                    break;
                case ExpertReady ready:
                    finished = true;
                    Say(Texts.Of(ready));
                    break;
                case DataProgressed loading:
                    Loading(loading.Progress);
                    break;
                case DataStopped:
                    Say("Stopped while the images were loaded; the same command, or --resume, begins that again.");
                    finished = false;
                    break;
                case DataReady data:
                    Say(Texts.Of(data));
                    break;
                case ExpertAwaited awaited:
                    Say(Texts.Of(awaited));
                    finished = false;
                    break;
            }
        }
        return finished;
    }

    /// <summary>A sentence about what goes on.</summary>
    protected abstract void Say(string text);

    /// <summary>Shows how far the loading of the images is.</summary>
    protected abstract void Loading(LoadProgress progress);

    /// <summary>Shows one training; <paramref name="next"/> gives its records.</summary>
    protected abstract void Progress(TrainingStarted started, Func<TrainingRecord?> next);

    /// <summary>What came out of the whole experiment.</summary>
    protected virtual void Finish(TrainingFinished finished) => RunReport.Show(finished.Folder, finished.Summary);

    private bool Training(TrainingStarted started, IEnumerator<RunEvent> stream)
    {
        Say(Texts.Of(started));
        RunEvent? end = null;
        Progress(started, () =>
        {
            if (end is not null || !stream.MoveNext())
                return null;
            if (stream.Current is Progressed progressed)
                return progressed.Record;
            end = stream.Current;
            return null;
        });
        switch (end)
        {
            case TrainingFinished { IsExpert: false } finished:
                Finish(finished);
                break;
            case TrainingStopped stopped:
                Say(Texts.Of(stopped));
                return false;
        }
        return end is TrainingFinished;
    }
}

/// <summary>Says nothing but, at the end, where the run folder is.</summary>
internal sealed class QuietDisplay : RunDisplay
{
    protected override void Say(string text) { }

    protected override void Loading(LoadProgress progress) { }

    protected override void Progress(TrainingStarted started, Func<TrainingRecord?> next)
    {
        while (next() is not null) { }
    }

    protected override void Finish(TrainingFinished finished) => Output.Line(Output.PathFromHere(finished.Folder.Path));
}

/// <summary>A line an epoch, for files and pipes.</summary>
internal sealed class PlainDisplay : RunDisplay
{
    private readonly LoadDisplay _loading = new();

    protected override void Say(string text) => Output.Line(text);

    protected override void Loading(LoadProgress progress) => _loading.Report(progress);

    protected override void Progress(TrainingStarted started, Func<TrainingRecord?> next)
    {
        var clock = new TrainingClock(started);
        while (next() is { } record)
        {
            clock.Note(record);
            if (record is EpochRecord epoch)
                Output.Line(Texts.Of(epoch, started, clock.SecondsLeft));
        }
    }
}
