using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>What a network is for in a run.</summary>
public enum NetworkRole
{
    /// <summary>It is taught by the recipe's method.</summary>
    Student,

    /// <summary>It learns alone beside the students, from the labels, to compare with.</summary>
    Control,

    /// <summary>The method trains it beside the students.</summary>
    Companion,

    /// <summary>It was there before, frozen.</summary>
    Expert,
}

/// <summary>A network of a run.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Architecture">Which network it is.</param>
/// <param name="Cost">Its parameters, and multiply-adds for an image.</param>
public sealed record RunNetwork(string Name, NetworkRole Role, string Architecture, NetworkCost Cost);

/// <summary>How good a network was with the weights of one epoch.</summary>
/// <param name="Epoch">1, 2, 3 …</param>
/// <param name="HeldOut">On the held-out part; null without one.</param>
/// <param name="Test">On the test split.</param>
public sealed record EpochResult(int Epoch, Accuracy? HeldOut, Accuracy Test);

/// <summary>What came out for one network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Last">With the weights of the last epoch.</param>
/// <param name="Best">With those of the epoch that was best on the held-out part; null without one.</param>
public sealed record NetworkResult(RunNetwork Network, EpochResult Last, EpochResult? Best)
{
    /// <summary>How long it takes over one image; null in records from before this was measured.</summary>
    public Latency? Latency { get; init; }
}

/// <summary>The expert that taught.</summary>
/// <param name="File">Its file, seen from the run folder.</param>
/// <param name="Network">The network.</param>
/// <param name="Test">Its accuracy on the test split, measured before teaching; null where it knows other classes, and teaches by its stages.</param>
public sealed record ExpertResult(string File, RunNetwork Network, Accuracy? Test)
{
    /// <summary>How long it takes over one image; null in records from before this was measured.</summary>
    public Latency? Latency { get; init; }

    /// <summary>SHA-256 of its file; empty in records from before this was kept.</summary>
    public string FileHash { get; init; } = "";
}

/// <summary>What came out of a run: its <c>run.json</c>.</summary>
public sealed record RunSummary
{
    /// <summary>The recipe's name.</summary>
    public required string Name { get; init; }

    /// <summary>The method, by its name in recipes.</summary>
    public required string Method { get; init; }

    /// <summary>The data set's name.</summary>
    public required string Data { get; init; }

    /// <summary>How many broken files the recipe asked to leave out.</summary>
    public int LeftOut { get; init; }

    /// <summary>The recipe's seed.</summary>
    public required int Seed { get; init; }

    /// <summary>When it was finished, in universal time.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>Epochs trained.</summary>
    public required int Epochs { get; init; }

    /// <summary>Images trained on, held out, tested with.</summary>
    public required ImageCounts Images { get; init; }

    /// <summary>Seconds of training steps, all sessions together.</summary>
    public required double TrainingSeconds { get; init; }

    /// <summary>Seconds of evaluation after the epochs, all sessions together.</summary>
    public required double EvaluationSeconds { get; init; }

    /// <summary>The largest memory of the process that finished it, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>The expert, where one taught.</summary>
    public ExpertResult? Expert { get; init; }

    /// <summary>Further experts, where a combination asked them.</summary>
    public IReadOnlyList<ExpertResult> OtherExperts { get; init; } = [];

    /// <summary>Every trained network.</summary>
    public required IReadOnlyList<NetworkResult> Networks { get; init; }
}

/// <summary>How many images each part has.</summary>
/// <param name="Train">Trained on.</param>
/// <param name="HeldOut">Held out.</param>
/// <param name="Test">Tested with.</param>
public sealed record ImageCounts(int Train, int HeldOut, int Test);
