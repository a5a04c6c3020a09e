using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>The progress of a training, and an estimate of the rest.</summary>
internal sealed class TrainingClock(TrainingStarted started)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double? _firstShare;

    /// <summary>The finished share, 0…1.</summary>
    public double Done { get; private set; } = (double)started.EpochsDone / started.Epochs;

    /// <summary>The estimated seconds that are left; null before the first estimate.</summary>
    public double? SecondsLeft =>
        Done >= 1 ? 0 : _firstShare is double first && Done > first ? _watch.Elapsed.TotalSeconds * (1 - Done) / (Done - first) : null;

    /// <summary>The estimated seconds of an epoch; null before the first estimate.</summary>
    public double? SecondsPerEpoch => Done < 1 ? SecondsLeft / ((1 - Done) * started.Epochs) : null;

    /// <summary>Notes a record.</summary>
    public void Note(TrainingRecord record)
    {
        double epochs = record switch
        {
            StepRecord step => step.Epoch - 1 + (double)step.Step / step.Steps,
            EpochRecord epoch => epoch.Epoch,
            _ => 0,
        };
        if (_firstShare is null)
        {
            // The first step warms up; the measurement starts after it.
            _firstShare = epochs / started.Epochs;
            _watch.Restart();
        }
        Done = epochs / started.Epochs;
    }
}
