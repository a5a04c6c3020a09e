using System.Text.Json.Serialization;
using Pupil.Interop.Pretrained;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>The role of a network in a run.</summary>
public enum NetworkRole
{
    /// <summary>A student that the recipe's method teaches.</summary>
    Student,

    /// <summary>A student that trains on labels alone, for comparison.</summary>
    Control,

    /// <summary>A network that the method trains beside the students.</summary>
    Companion,

    /// <summary>The expert: trained before, and frozen.</summary>
    Expert,
}

/// <summary>A network of a run.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Role">Its role.</param>
/// <param name="Architecture">The name of its architecture.</param>
/// <param name="Cost">Its parameters, and multiply-adds per image.</param>
public sealed record RunNetwork(string Name, NetworkRole Role, string Architecture, NetworkCost Cost)
{
    /// <summary>The trained weights from which its training started; null for random initial weights.</summary>
    public WeightsOrigin? Weights { get; init; }
}

/// <summary>The accuracy of a network with the weights of one epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="HeldOut">The accuracy on the held-out part; null without one.</param>
/// <param name="Test">The accuracy on the test split.</param>
public sealed record EpochResult(int Epoch, Accuracy? HeldOut, Accuracy Test);

/// <summary>The results of one network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Last">The result with the weights of the last epoch.</param>
/// <param name="Best">The result with the held-out-best weights; null without a held-out part.</param>
public sealed record NetworkResult(RunNetwork Network, EpochResult Last, EpochResult? Best)
{
    /// <summary>The latency for one image; null in older records.</summary>
    public Latency? Latency { get; init; }

    /// <summary>
    /// The calibration of the probabilities with the held-out-best weights, fitted on the held-out part; null without one, where that part
    /// does not determine a temperature, with several labels an image, and in older records.
    /// </summary>
    public Calibration? Calibration { get; init; }
}

/// <summary>The results of an expert.</summary>
/// <param name="File">Its file, relative to the run folder.</param>
/// <param name="Network">The network.</param>
/// <param name="Test">Its accuracy on the test split, measured before teaching; null if its classes differ.</param>
public sealed record ExpertResult(string File, RunNetwork Network, Accuracy? Test)
{
    /// <summary>The latency for one image; null in older records.</summary>
    public Latency? Latency { get; init; }

    /// <summary>SHA-256 of its file; empty in older records.</summary>
    public string FileHash { get; init; } = "";

    /// <summary>The accuracy on the held-out images; null unless <see cref="TrainingOptions.LeavesOvertakenExpert"/> is set.</summary>
    public Accuracy? HeldOut { get; init; }

    /// <summary>The images that it reads; null where they are the students'.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ExpertImages? Images { get; init; }
}

/// <summary>The images that an expert with an input of its own reads.</summary>
/// <param name="Height">The height of its input, in pixels.</param>
/// <param name="Width">The width of its input, in pixels.</param>
/// <param name="StoredSize">The height of the stored pictures that they are made from, in pixels.</param>
/// <param name="AreScaled">Whether they are the students' images, scaled, because no larger pictures are stored.</param>
public sealed record ExpertImages(int Height, int Width, int StoredSize, bool AreScaled);

/// <summary>The summary of a finished run: its <c>run.json</c>.</summary>
public sealed record RunSummary
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method, by its name in recipes.</summary>
    public required string Method { get; init; }

    /// <summary>The data set's name.</summary>
    public required string Data { get; init; }

    /// <summary>The number of damaged files that were left out, as the recipe asked.</summary>
    public int LeftOut { get; init; }

    /// <summary>The number of training images without labels; null without any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Unlabelled { get; init; }

    /// <summary>The number of images of all training steps, where some have no labels; null: those of the epochs.</summary>
    [JsonIgnore]
    internal double? TrainedImages { get; init; }

    /// <summary>The recipe's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>The time at which it finished, in universal time.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>The number of trained epochs, without those of the method's own phase.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether the training ended before the recipe's last epoch, because the students no longer improved.</summary>
    public bool StoppedEarly { get; init; }

    /// <summary>The numbers of images.</summary>
    public required ImageCounts Images { get; init; }

    /// <summary>Seconds of training steps, over all sessions.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Seconds of evaluation after the epochs, over all sessions.</summary>
    public required double EvaluationSeconds { get; init; }

    /// <summary>The peak memory of the process that finished the run, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>The recipe's expert, if there is one.</summary>
    public ExpertResult? Expert { get; init; }

    /// <summary>The further experts of a combination.</summary>
    public IReadOnlyList<ExpertResult> OtherExperts { get; init; } = [];

    /// <summary>The trained networks.</summary>
    public required IReadOnlyList<NetworkResult> Networks { get; init; }
}

/// <summary>The number of images of each part.</summary>
/// <param name="Train">The number of training images.</param>
/// <param name="HeldOut">The number of held-out images.</param>
/// <param name="Test">The number of test images.</param>
public sealed record ImageCounts(int Train, int HeldOut, int Test);
