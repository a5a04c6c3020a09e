using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>What an experiment tells while it goes, in the order in which it happens.</summary>
public abstract record RunEvent;

/// <summary>The images are being loaded.</summary>
/// <param name="Progress">How far that is.</param>
public sealed record DataProgressed(LoadProgress Progress) : RunEvent;

/// <summary>Loading the images was stopped; the same command, or resuming the run, begins it again.</summary>
public sealed record DataStopped : RunEvent;

/// <summary>The images are there.</summary>
/// <param name="Data">Their parts.</param>
public sealed record DataReady(PreparedData Data) : RunEvent;

/// <summary>A training starts, or goes on.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Networks">Who is trained.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="EpochsDone">Epochs done before.</param>
/// <param name="IsExpert">Whether this is the expert's own training, before teaching.</param>
public sealed record TrainingStarted(RunFolder Folder, IReadOnlyList<RunNetwork> Networks, int Epochs, int EpochsDone, bool IsExpert) : RunEvent;

/// <summary>A step or an epoch is done.</summary>
/// <param name="Record">What was recorded.</param>
public sealed record Progressed(TrainingRecord Record) : RunEvent;

/// <summary>Another process is training the expert; this one waits for it.</summary>
/// <param name="Folder">The expert's run folder.</param>
public sealed record ExpertAwaited(RunFolder Folder) : RunEvent;

/// <summary>The expert is there, and measured.</summary>
/// <param name="Expert">The expert.</param>
/// <param name="File">Its student file.</param>
/// <param name="Reused">Whether it was there from an earlier run, or given by path.</param>
public sealed record ExpertReady(ExpertResult Expert, string File, bool Reused) : RunEvent
{
    /// <summary>Whether a file that was given is hardly better than guessing: other classes, another order of them, another normalisation?</summary>
    public bool IsNearChance { get; init; }
}

/// <summary>A training is finished.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Summary">What came out.</param>
/// <param name="IsExpert">Whether it was the expert's.</param>
public sealed record TrainingFinished(RunFolder Folder, RunSummary Summary, bool IsExpert) : RunEvent;

/// <summary>A training was asked to stop, and left a checkpoint; the experiment ends here.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Epoch">The epoch it stands in.</param>
/// <param name="StepsDone">Steps of that epoch that are done.</param>
/// <param name="IsExpert">Whether it was the expert's.</param>
public sealed record TrainingStopped(RunFolder Folder, int Epoch, int StepsDone, bool IsExpert) : RunEvent;
