using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>How far a training is, and how long it will take.</summary>
internal sealed class TrainingClock(TrainingStarted started)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double? _firstShare;

    /// <summary>The share that is done, 0…1.</summary>
    public double Done { get; private set; } = (double)started.EpochsDone / started.Epochs;

    /// <summary>Seconds left, or null before there is something to go by.</summary>
    public double? SecondsLeft =>
        Done >= 1 ? 0 : _firstShare is double first && Done > first ? _watch.Elapsed.TotalSeconds * (1 - Done) / (Done - first) : null;

    /// <summary>Seconds that an epoch takes, or null before there is something to go by.</summary>
    public double? SecondsPerEpoch => Done < 1 ? SecondsLeft / ((1 - Done) * started.Epochs) : null;

    /// <summary>Takes a record in.</summary>
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
            // The first step warms everything up: counting starts after it.
            _firstShare = epochs / started.Epochs;
            _watch.Restart();
        }
        Done = epochs / started.Epochs;
    }
}
