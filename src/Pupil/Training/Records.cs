using System.Text.Json.Serialization;
using Pupil.Distillation;

namespace Pupil.Training;

/// <summary>
/// A record of a training's progress: a <see cref="StepRecord"/>, an <see cref="EpochRecord"/> or a <see cref="RestartRecord"/>.
/// </summary>
public abstract record TrainingRecord;

/// <summary>One step.</summary>
/// <param name="Epoch">1, 2, 3 …</param>
/// <param name="Step">1 … <paramref name="Steps"/>.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Rate">The learning rate of this step.</param>
/// <param name="ImagesPerSecond">Training images per second, over the epoch so far.</param>
/// <param name="Terms">Each term's mean over the epoch so far.</param>
public sealed record StepRecord(int Epoch, int Step, int Steps, double Rate, double ImagesPerSecond,
    IReadOnlyDictionary<TermName, double> Terms) : TrainingRecord;

/// <summary>The training diverged in its first epoch, and starts anew with its first weights at a lower learning rate.</summary>
/// <param name="Reason">What diverged, in a sentence.</param>
/// <param name="Rate">The optimizer's learning rate from now on, which the schedule scales.</param>
public sealed record RestartRecord(string Reason, double Rate) : TrainingRecord;

/// <summary>One epoch, a line of <c>epochs.jsonl</c>.</summary>
public sealed record EpochRecord : TrainingRecord
{
    /// <summary>1, 2, 3 …</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public required double Rate { get; init; }

    /// <summary>
    /// The mean over the epoch's images of each term, before its weight; in JSON by <c>owner/name</c> or <c>owner/part/name</c>.
    /// </summary>
    public required IReadOnlyDictionary<TermName, double> Terms { get; init; }

    /// <summary>The accuracy of each network on the held-out part; empty without one. The last epoch has that of each class too.</summary>
    public required IReadOnlyDictionary<string, Accuracy> HeldOut { get; init; }

    /// <summary>
    /// The accuracy of each network on the test split; empty in epochs that do not test. The last epoch has that of each class too.
    /// </summary>
    public required IReadOnlyDictionary<string, Accuracy> Test { get; init; }

    /// <summary>The networks of which this epoch is selected so far; see <see cref="TrainingOptions.SelectWithin"/>.</summary>
    public required IReadOnlyList<string> NewBest { get; init; }

    /// <summary>The taught students that have overtaken the expert in this epoch; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Overtook { get; init; }

    /// <summary>Training images per second, without evaluation.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds of training, without evaluation.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Seconds of evaluation.</summary>
    public required double EvaluationSeconds { get; init; }
}
