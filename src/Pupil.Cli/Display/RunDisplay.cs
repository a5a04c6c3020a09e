using Pupil.Cli.Inspection;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>Shows an experiment as it runs. Its sentences are the same everywhere; only the progress of a training differs.</summary>
internal abstract class RunDisplay
{
    /// <summary>Returns the display for this output: live on a terminal, lines elsewhere, or quiet.</summary>
    /// <param name="quiet">Whether nothing is shown.</param>
    /// <param name="whole">The comparison with the experiment as a cell; null for an experiment alone.</param>
    public static RunDisplay FromOptions(bool quiet, ComparisonProgress? whole = null) => quiet ? new QuietDisplay { Whole = whole }
        : Output.IsTerminal ? new LiveDisplay { Whole = whole } : new PlainDisplay { Whole = whole };

    /// <summary>The comparison with the experiment as a cell; null for an experiment alone.</summary>
    protected ComparisonProgress? Whole { get; private init; }

    /// <summary>Reads the stream to its end, and shows nothing: another process of the same training does.</summary>
    /// <returns>False if the experiment was stopped before its end.</returns>
    public static bool ReadSilently(IEnumerable<RunEvent> events) =>
        events.Aggregate(true, (finished, happened) => finished && happened is not (DataStopped or PlanStopped or TrainingStopped));

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
                    // The records of a training follow one another until it is finished or stopped.
                    finished = Training(started, stream);
                    break;
                case TuningStarted tuning:
                    Say(Texts.Of(tuning));
                    Records(tuning.Training, stream);
                    break;
                case ExpertReady ready:
                    finished = true;
                    Tell(Texts.Of(ready));
                    foreach (string doubt in ready.Doubts)
                        Tell($"Warning: {doubt}");
                    break;
                case DataProgressed loading:
                    Loading(loading.Progress);
                    break;
                case DataStopped:
                    Say("Stopped while the images were loaded; the same command begins that again.");
                    finished = false;
                    break;
                case DataReady data:
                    Tell(Texts.Of(data));
                    if (ShowsWarnings)
                        Warn(data);
                    break;
                case WeightsLoaded loaded:
                    Tell(Texts.Of(loaded));
                    break;
                case RunExtended extended:
                    Say(Texts.Of(extended));
                    break;
                case TrialStarted trial:
                    Say(Texts.Of(trial));
                    break;
                case ChoiceMade made:
                    Say(Texts.Of(made.Choice));
                    break;
                case PlanReady ready:
                    Say(Texts.Of(ready.Plan));
                    break;
                case PlanStopped:
                    Say("Stopped while the settings were chosen; the same command begins that again.");
                    finished = false;
                    break;
                case ExpertAwaited awaited:
                    Say(Texts.Of(awaited));
                    finished = false;
                    break;
            }
        }
        return finished;
    }

    private void Tell(string text)
    {
        if (Whole?.IsNews(text) != false)
            Say(text);
    }

    // Reading the pixels takes a second or two up to this size.
    private const long MostBytes = 2L << 30;

    // Those of 'pupil data info': training on doubtful images takes long.
    private void Warn(DataReady data)
    {
        foreach (string warning in DataInspection.Warnings(data.Data.Splits, MostBytes))
            Tell($"Warning: {warning}");
    }

    /// <summary>Whether warnings about the images are shown.</summary>
    protected virtual bool ShowsWarnings => true;

    /// <summary>Shows a sentence.</summary>
    protected abstract void Say(string text);

    /// <summary>Shows the progress of loading the images.</summary>
    protected abstract void Loading(LoadProgress progress);

    /// <summary>Shows one training; <paramref name="next"/> returns its records.</summary>
    protected abstract void Progress(TrainingStarted started, Func<TrainingRecord?> next);

    /// <summary>Shows the results of the whole experiment.</summary>
    protected virtual void Finish(TrainingFinished finished) => RunTable.Show(finished.Folder, finished.Summary);

    private bool Training(TrainingStarted started, IEnumerator<RunEvent> stream)
    {
        Tell(Texts.Of(started));
        var end = Records(started, stream);
        switch (end)
        {
            case TrainingFinished { IsExpert: false } finished when Whole is null:
                Finish(finished);
                break;
            case TrainingStopped stopped:
                Say(Whole is null ? $"{Texts.Of(stopped)} {Texts.HowToResume(stopped)}" : Texts.Of(stopped));
                return false;
        }
        return end is TrainingFinished;
    }

    // Shows the records of a training, and returns the event after them.
    private RunEvent? Records(TrainingStarted started, IEnumerator<RunEvent> stream)
    {
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
        return end;
    }
}

/// <summary>Shows only the run folder, at the end.</summary>
internal sealed class QuietDisplay : RunDisplay
{
    protected override bool ShowsWarnings => false;

    protected override void Say(string text) { }

    protected override void Loading(LoadProgress progress) { }

    protected override void Progress(TrainingStarted started, Func<TrainingRecord?> next)
    {
        while (next() is not null) { }
    }

    protected override void Finish(TrainingFinished finished) => Output.Line(Output.PathFromHere(finished.Folder.Path));
}

/// <summary>Shows a line for each epoch, for files and pipes.</summary>
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
            {
                Output.Line(Texts.Of(epoch, started, clock.SecondsLeft));
                if (Texts.Overtaking(epoch) is { } overtaking)
                    Output.Line(overtaking);
            }
            else if (record is RestartRecord restart)
            {
                Output.Line(Texts.Of(restart));
            }
        }
    }
}
