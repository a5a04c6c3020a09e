using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Training;

namespace Pupil.Experiments.Planning;

/// <summary>Chooses the parts of the training images: those that are held out, those of a batch, and those of an epoch.</summary>
/// <param name="draft">The recipe in the making.</param>
internal sealed class PartChoices(PlanDraft draft)
{
    private const int FewestForHeldOut = 500;

    /// <summary>Chooses the held-out part, batch, learning rate and sampling.</summary>
    /// <param name="data">The images, of which nothing need be held out.</param>
    public IEnumerable<Choice> Make(PreparedData data)
    {
        int images = data.Splits.Train.Count;
        const string HeldOut = "data.heldOut";
        bool holds = data.Splits.Validation is null && images >= FewestForHeldOut;
        if (holds)
            draft.Set(HeldOut, Math.Clamp(images / 10, 50, 1000));
        int held = draft.Read().Data.HeldOut;
        yield return draft.Note(HeldOut, "held out", held == 0 ? "none" : $"{held:N0} images",
            holds ? $"a tenth of {images:N0} training images chooses the best epoch"
            : data.Splits.Validation is null ? $"{images:N0} training images are too few to spare some; the last epoch counts"
            : "the set has a validation part, which chooses the best epoch");
        var (batch, rate) = images < 400 ? (16, 0.03) : images < 2_000 ? (32, 0.05) : images < 20_000 ? (64, 0.07) : (128, 0.1);
        foreach (string training in new[] { "training", "expert.training" })
        {
            draft.Set($"{training}.batchSize", batch);
            draft.Set<OptimizerOptions>($"{training}.optimizer", new SgdOptions { LearningRate = rate, Nesterov = true });
            draft.Set($"{training}.testEvery", 0);
            draft.Set($"{training}.restartOnDivergence", true);
            draft.Set($"{training}.selectWithin", 1.0);
        }
        yield return draft.Note(
            "training.batchSize", "batch", $"{draft.Read().Training.BatchSize} images", $"{images:N0} training images");
        if (data.Train.Set.Labelling == Labelling.Several)
            yield return NoteLabels(data.Train);
        else if (ChooseSampling(data.Train, held > 0 || data.Splits.Validation is not null) is { } sampling)
            yield return sampling;
    }

    // Nothing is chosen: the labels decide the loss and the score.
    private Choice NoteLabels(ImageSubset train)
    {
        double each = (double)train.Set.AllLabels.Total / train.Set.Count;
        return draft.Note("data.source.labels", "labels", "several a picture, each class by itself; the score is mAP",
            FormattableString.Invariant($"{train.Set.Classes.Count} classes, {each:0.0} labels a picture"));
    }

    // Uneven classes: small ones come more often, and count as much as large ones for the best epoch.
    private Choice? ChooseSampling(ImageSubset train, bool selects)
    {
        const int Uneven = 3;
        var counts = train.Indices.GroupBy(index => train.Set.Labels[index]).Select(members => members.Count()).ToList();
        if (counts.Max() < Uneven * counts.Min())
            return null;
        foreach (string training in new[] { "training", "expert.training" })
        {
            draft.Set($"{training}.sampling", Sampling.SquareRoot);
            if (selects)
                draft.Set($"{training}.selectBy", SelectionScore.BalancedAccuracy);
        }
        return draft.Note("training.sampling", "sampling", draft.Read().Training.Sampling == Sampling.SquareRoot
            ? "by the square root of a class's size" : "as given",
            $"the largest class has {counts.Max():N0} training images, the smallest {counts.Min():N0}");
    }
}
