using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Experiments.Planning;

/// <summary>Chooses how images become the network input, by short trials.</summary>
/// <param name="draft">The recipe in the making.</param>
/// <param name="budget">The planned time of everything, of which each trial takes a small share.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class ViewChoices(PlanDraft draft, TimeSpan budget, Device device)
{
    private const double TrialShare = 0.05, LongestTrial = 60;
    private const string Input = "data.input", Flip = "data.augmentation.flip", Pad = "data.augmentation.pad";
    private const string Crop = "data.augmentation.randomResizedCrop";

    /// <summary>Chooses the size of the network input, how training images are cropped, and whether they are mirrored.</summary>
    /// <param name="form">The form of the pictures.</param>
    /// <param name="splits">The images.</param>
    /// <param name="stop">Ends the choosing early, without a choice.</param>
    public IEnumerable<RunEvent> Make(ImageForm form, DataSplits splits, CancellationToken stop)
    {
        double seconds = Math.Min(LongestTrial, TrialShare * budget.TotalSeconds);
        int least = NetworkCatalogue.SmallestSide(draft.Read().Students[0].Network);
        string reason = $"for pictures of {form.Side} pixels";
        Trial? best = null;
        var inputs = draft.IsGiven(Input) ? [draft.Read().Data.Input]
            : form.Candidates.Where(side => side >= least && side <= splits.Train.Height).Select(side => InputOf(side, splits)).ToList();
        if (inputs.Count == 0)
            inputs.Add(splits.Train.Height < least ? InputOf(least, splits) : null);
        foreach (var input in inputs)
        {
            int side = input?.Size ?? splits.Train.Height;
            draft.Set(Pad, side / 8);
            if (inputs.Count == 1 && draft.IsGiven(Flip) && IsCropGiven)
                break;
            yield return new TrialStarted(side, seconds);
            var trial = Trial.Run(draft.Read(), splits, input, seconds, device, stop);
            if (stop.IsCancellationRequested)
                yield break;
            if (best is not null)
                reason += $"; in a trial {side}×{side} gets {Percent(trial.Top1)} right, the size before {Percent(best.Top1)}";
            if (best is not null && !trial.IsBetterThan(best))
                break;
            best = trial;
            draft.Set(Input, input);
        }
        var chosen = draft.Read().Data.Input;
        int size = chosen?.Size ?? splits.Train.Height;
        draft.Set(Pad, size / 8);
        yield return new ChoiceMade(draft.Note(Input, "input", $"{size}×{size}", reason));
        if (best is not null && !IsCropGiven)
        {
            yield return new TrialStarted(size, seconds);
            draft.Set(Pad, 0);
            draft.Set<RandomResizedCrop?>(Crop, Parts);
            var cropped = Trial.Run(draft.Read(), splits, chosen, seconds, device, stop);
            if (stop.IsCancellationRequested)
                yield break;
            bool isShift = best.IsBetterThan(cropped);
            if (isShift)
            {
                draft.Set(Pad, size / 8);
                draft.Set<RandomResizedCrop?>(Crop, null);
            }
            string trials = $"trials with parts of other sizes get {Percent(cropped.Top1)} right, with shifts alone {Percent(best.Top1)}";
            yield return new ChoiceMade(draft.Note(Crop, "cropping", isShift ? "shifts alone" : "parts of a third of the area or more",
                isShift ? trials : $"longer trainings need much variety; {trials}"));
            best = isShift ? best : cropped;
        }
        yield return new ChoiceMade(
            best is null ? draft.Note(Flip, "mirroring", OnOrOff, "") : ChooseMirroring(best, splits.Train.Classes));
    }

    // Smaller parts are better for some sets and worse for others, and a trial is too short to tell.
    private static RandomResizedCrop Parts => new() { MinimumScale = 0.35 };

    private bool IsCropGiven => draft.IsGiven(Crop) || draft.IsGiven(Pad);

    private string OnOrOff => draft.Read().Data.Augmentation.Flip ? "on" : "off";

    private Choice ChooseMirroring(Trial trial, IReadOnlyList<string> classes)
    {
        string what = trial.Labelling == Labelling.One ? "images" : "decisions on a class";
        string shares = $"{Percent(trial.Top1)} of {trial.Labels.Length:N0} {what} right as they are, "
            + $"{Percent(trial.MirroredTop1)} mirrored";
        bool knows = trial.ToleratesMirroring;
        draft.Set(Flip, knows && !trial.SuffersFromMirroring);
        string confused = trial.Confusion() is var (real, taken) ? $"; '{classes[real]}' is taken for '{classes[taken]}'" : "";
        return draft.Note(Flip, "mirroring", OnOrOff,
            trial.SuffersFromMirroring ? $"in a trial, {shares}{confused}"
            : knows ? $"in a trial, {shares}"
            : $"in a trial, {shares}, which is too little to tell; mirrored classes might be others");
    }

    private static InputOptions? InputOf(int side, DataSplits splits) =>
        (splits.Train.Height, splits.Train.Width) == (side, side) ? null : new InputOptions { Size = side };

    private static string Percent(double share) => $"{100 * share:0} %";
}
