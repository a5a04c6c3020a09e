using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Interop.Pretrained;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>An event of an experiment, in the order of time.</summary>
public abstract record RunEvent;

/// <summary>Images are being loaded.</summary>
/// <param name="Progress">The progress of loading.</param>
public sealed record DataProgressed(LoadProgress Progress) : RunEvent;

/// <summary>Loading the images was stopped; a new start or resume of the run begins it again.</summary>
public sealed record DataStopped : RunEvent;

/// <summary>The images are loaded.</summary>
/// <param name="Data">The images in their parts.</param>
public sealed record DataReady(PreparedData Data) : RunEvent;

/// <summary>A finished run gets more epochs.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Before">The number of epochs that are trained.</param>
/// <param name="Epochs">The new number of epochs.</param>
/// <param name="LastRate">The learning rate at the start of the last trained epoch.</param>
/// <param name="NextRate">The learning rate at the start of the next epoch, by the schedule over all epochs.</param>
public sealed record RunExtended(RunFolder Folder, int Before, int Epochs, double LastRate, double NextRate) : RunEvent;

/// <summary>A training starts or resumes.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Networks">The trained networks.</param>
/// <param name="Epochs">The number of all epochs.</param>
/// <param name="EpochsDone">The number of epochs done before.</param>
/// <param name="IsExpert">Whether this training makes an expert.</param>
public sealed record TrainingStarted(
    RunFolder Folder, IReadOnlyList<RunNetwork> Networks, int Epochs, int EpochsDone, bool IsExpert) : RunEvent
{
    /// <summary>The number of steps of the next epoch that were done before.</summary>
    public int StepsDone { get; init; }

    /// <summary>The precision of the steps, for people; null if it is single precision by default.</summary>
    public string? Precision { get; init; }

    /// <summary>Sentences about weights that act otherwise than in the published setting.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A new training starts from trained weights.</summary>
/// <param name="Network">The name of the network.</param>
/// <param name="Origin">The file, and what was changed to fit the network.</param>
public sealed record WeightsLoaded(string Network, WeightsOrigin Origin) : RunEvent;

/// <summary>A step or an epoch is finished.</summary>
/// <param name="Record">Its record.</param>
public sealed record Progressed(TrainingRecord Record) : RunEvent;

/// <summary>Another process trains the expert; this process waits for it.</summary>
/// <param name="Folder">The expert's run folder.</param>
public sealed record ExpertAwaited(RunFolder Folder) : RunEvent;

/// <summary>An expert is loaded and measured.</summary>
/// <param name="Expert">The expert.</param>
/// <param name="File">Its file.</param>
/// <param name="Reused">Whether it comes from an earlier run, or from a given file.</param>
public sealed record ExpertReady(ExpertResult Expert, string File, bool Reused) : RunEvent
{
    /// <summary>Whether a given file is near chance, which suggests other classes, another order or another normalisation.</summary>
    public bool IsNearChance { get; init; }

    /// <summary>What looks wrong with an expert from a file, each in a sentence; empty for one that the recipe trained.</summary>
    public IReadOnlyList<string> Doubts { get; init; } = [];
}

/// <summary>A training is finished.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Summary">The summary of the run.</param>
/// <param name="IsExpert">Whether the training made an expert.</param>
public sealed record TrainingFinished(RunFolder Folder, RunSummary Summary, bool IsExpert) : RunEvent;

/// <summary>A training stopped on request with a checkpoint; the experiment ends here.</summary>
/// <param name="Folder">Its run folder.</param>
/// <param name="Epoch">The epoch of the checkpoint, from 1.</param>
/// <param name="StepsDone">The number of finished steps of that epoch.</param>
/// <param name="IsExpert">Whether the training makes an expert.</param>
public sealed record TrainingStopped(RunFolder Folder, int Epoch, int StepsDone, bool IsExpert) : RunEvent;
