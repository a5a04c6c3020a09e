using System.Text.Json.Serialization;
using Pupil.Distillation;

namespace Pupil.Training;

/// <summary>The state of a training between two steps. With weights and velocities it is enough to continue the training.</summary>
internal sealed record TrainingState
{
    /// <summary>The epoch of the next step.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>Completed steps of that epoch.</summary>
    public int StepsDone { get; set; }

    /// <summary>Images of the completed steps.</summary>
    public int ImagesDone { get; set; }

    /// <summary>Seconds of the completed steps.</summary>
    public double Seconds { get; set; }

    /// <summary>The factor of the learning rate: 1, or less after a restart.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Sums of each term over these images.</summary>
    public Dictionary<TermName, double> Sums { get; init; } = [];

    /// <summary>The selected epoch of each network so far, by held-out images.</summary>
    public Dictionary<string, BestEpoch> Best { get; init; } = [];

    /// <summary>The means of all terms over the epoch so far.</summary>
    internal IReadOnlyDictionary<TermName, double> Means() => Sums.ToDictionary(sum => sum.Key, sum => sum.Value / ImagesDone);

    /// <summary>Returns the first number that no training of such a length reaches; null for a sound state.</summary>
    /// <param name="epochs">All epochs of the training.</param>
    /// <param name="steps">The steps of an epoch.</param>
    internal string? FaultFor(int epochs, int steps)
    {
        if (Epoch < 1 || Epoch > epochs + 1L)
            return $"epoch {Epoch} of {epochs}";
        if (StepsDone < 0 || StepsDone > steps || (Epoch > epochs && StepsDone > 0))
            return $"{StepsDone} of {steps} steps in epoch {Epoch} of {epochs}";
        if (ImagesDone < StepsDone || (StepsDone == 0 && ImagesDone != 0))
            return $"{ImagesDone} images in {StepsDone} steps";
        if (!(Seconds >= 0) || !double.IsFinite(Seconds))
            return FormattableString.Invariant($"{Seconds} seconds");
        if (!(RateFactor is > 0 and <= 1))
            return FormattableString.Invariant($"the rate's factor {RateFactor}");
        if (Sums.FirstOrDefault(sum => !double.IsFinite(sum.Value)) is { Key.Name: not null } wrong)
            return FormattableString.Invariant($"the sum {wrong.Value} of '{wrong.Key}'");
        var best = Best.FirstOrDefault(best =>
            best.Value is not { Score: >= 0 and <= 1, Highest: >= 0 and <= 1, HighestEpoch: >= 1 }
            || best.Value.Epoch >= Epoch || best.Value.Epoch < best.Value.HighestEpoch);
        return best.Key is null ? null : $"the best epoch of '{best.Key}': {best.Value}";
    }

    /// <summary>Adds one step's terms.</summary>
    internal void Add(IReadOnlyList<KeyValuePair<TermName, double>> terms, int images, double seconds)
    {
        if (StepsDone > 0 && terms.FirstOrDefault(term => !Sums.ContainsKey(term.Key)) is { Key: { Name: not null } unknown })
        {
            throw new UserErrorException($"epoch {Epoch}: the checkpoint was written in the middle of the epoch and has no sum of the term "
                + $"'{unknown}': it is of another version of Pupil; continue with that version, or start anew in another folder.");
        }
        foreach (var (name, value) in terms)
            Sums[name] = Sums.GetValueOrDefault(name) + value * images;
        StepsDone++;
        ImagesDone += images;
        Seconds += seconds;
    }

    /// <summary>Starts the next epoch.</summary>
    internal void StartEpoch(int epoch)
    {
        (Epoch, StepsDone, ImagesDone, Seconds) = (epoch, 0, 0, 0);
        Sums.Clear();
    }
}

/// <summary>The selected epoch of a network: that of its best held-out score, or a later one whose score is hardly lower.</summary>
/// <param name="Epoch">1, 2, 3 …</param>
/// <param name="Score">The held-out score after it, 0…1; <c>Top1</c> in checkpoints, whose score was the accuracy at first.</param>
internal sealed record BestEpoch(int Epoch, [property: JsonPropertyName("Top1")] double Score)
{
    /// <summary>The first epoch with the highest score.</summary>
    public int HighestEpoch { get; init; } = Epoch;

    /// <summary>The highest score, 0…1.</summary>
    public double Highest { get; init; } = Score;

    /// <summary>Returns the selected epoch once another one is measured.</summary>
    /// <param name="best">The selected epoch so far; null: none.</param>
    /// <param name="epoch">The epoch that is measured.</param>
    /// <param name="score">Its held-out score, 0…1.</param>
    /// <param name="images">The number of held-out images.</param>
    /// <param name="within">See <see cref="TrainingOptions.SelectWithin"/>.</param>
    public static BestEpoch Next(BestEpoch? best, int epoch, double score, int images, double within)
    {
        if (best is null || score > best.Highest)
            return new(epoch, score);
        double error = Math.Sqrt(best.Highest * (1 - best.Highest) / images);
        return within > 0 && score >= best.Highest - within * error ? best with { Epoch = epoch, Score = score } : best;
    }
}
