using Pupil.Core;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>The sentences of the tool about the events of a run.</summary>
internal static class Texts
{
    public static string Of(DataReady ready)
    {
        var (splits, train, heldOut, test, _) = ready.Data;
        var set = splits.Train;
        string held = heldOut is null ? "nothing held out" : $"{heldOut.Count:N0} held out to choose the best epoch";
        string without = ready.Data.Unlabelled is { } more && !set.AreAnswers ? $"{more.Count:N0} without labels, " : "";
        string tests = ReferenceEquals(test, heldOut) ? "test images left alone" : $"{test.Count:N0} test images";
        var input = ready.Data.InputShape;
        bool isScaled = (input.Height, input.Width) != (set.Height, set.Width);
        string scaled = isScaled ? $" (network input {input.Height}×{input.Width})" : "";
        return $"Data: {splits.Name}, {set.Classes.Count} classes, {set.Height}×{set.Width} pixels{scaled}; "
            + $"{train.Count:N0} training images, {without}{held}, {tests}."
            + Labels(set) + LeftOut(splits)
            + (set.AreAnswers ? " The labels are the expert's answers: what is measured is the agreement with it." : "");
    }

    private static string Labels(ImageSet images) => images.Labelling == Labelling.One ? ""
        : $" Labels: several a picture, {images.Classes.Count} classes, {(double)images.AllLabels.Total / images.Count:0.0} labels a "
            + "picture; each class is learnt by itself, and the score is mAP.";

    public static string Of(TrialStarted trial) =>
        $"Trial: a student on a part of the training images, {trial.Side}×{trial.Side} pixels, at most {Output.Time(trial.Seconds)}.";

    public static string Of(Choice choice) => $"Chosen: {choice.Title} {choice.Value} ({choice.Reason}).";

    public static string Of(Plan plan) => $"Expected: {Output.Time(plan.ExpectedSeconds)} from here, "
        + $"{Output.Time(plan.ChoosingSeconds + plan.ExpectedSeconds)} of {Output.Time(plan.BudgetSeconds)} (--budget) in all; "
        + "--set replaces any choice.";

    /// <summary>Returns a sentence about the files that were left out, after a space; empty if none were.</summary>
    public static string LeftOut(DataSplits splits)
    {
        if (splits.LeftOutCount == 0)
            return "";
        const int Shown = 5;
        string files = string.Join("; ", splits.LeftOut.Take(Shown).Select(file => $"{file.File} {file.Reason}"));
        return $" Left out as broken: {splits.LeftOutCount:N0} ({files}{(splits.LeftOutCount > Shown ? "; …" : "")}).";
    }

    public static string Of(TrainingStarted started)
    {
        string networks = string.Join(", ", started.Networks.Select(Named));
        string from = started.EpochsDone > 0 ? $", resumed after epoch {started.EpochsDone}" : "";
        string precision = started.Precision is { } named ? $"; in {named}" : "";
        return started.IsExpert
            ? $"Expert: training {networks} {HowTaught(started.Folder)}, {Epochs(started.Epochs)}{from}{precision}."
            : $"Teaching: {networks}; {Epochs(started.Epochs)}{from}{precision}.{string.Concat(started.Notes.Select(note => $" {note}"))}";
    }

    public static string Of(WeightsLoaded loaded) => $"{loaded.Network}: {loaded.Origin}";

    public static string Of(TuningStarted tuning) => $"Tuning in 8 bits: {tuning.Training.Networks[0].Architecture}, "
        + $"{Epochs(tuning.Training.Epochs)} of {tuning.Images:N0} training images, taught by {tuning.Teacher}; "
        + $"{tuning.Selecting:N0} other images choose the epoch.";

    public static string Of(TuningResult tuning) =>
        $"Tuned in 8 bits: {Pair(tuning.Tuned)} of {tuning.SelectingImages:N0} choosing images and of the test images right; "
        + $"calibrated alone: {Pair(tuning.Calibrated)}; in float32: {Pair(tuning.Student)}. "
        + (tuning.IsTuned ? "The tuned model is written."
            : "Tuning gains nothing on the choosing images: the calibrated model is written.");

    private static string Pair(TuningAccuracy accuracy) =>
        $"{Output.Percent(accuracy.Selecting)} and {Output.Percent(accuracy.Test)}";

    public static string Of(RunExtended extended) => $"Extended from {extended.Before} to {extended.Epochs} epochs; the learning rate goes "
        + $"on at {extended.NextRate:0.####} (it was {extended.LastRate:0.####}), by the schedule over {extended.Epochs} epochs. "
        + $"The weights after epoch {extended.Before}, recipe and summary are kept in {Output.PathFromHere(extended.Folder.Path)}.";

    public static string Of(ExpertAwaited awaited) =>
        $"Expert: another process trains it in {Output.PathFromHere(awaited.Folder.Path)}; waiting for it.";

    public static string Of(ExpertReady ready)
    {
        var (_, network, test) = ready.Expert;
        string quality = test is null
            ? "has other classes, teaches by its stages and embedding"
            : Quality(test);
        return $"Expert: {network.Architecture} ({ShortNumber.Format(network.Cost.Parameters)} parameters) {quality}"
            + $"{Of(ready.Expert.Images)}{(ready.Reused ? "; found" : "")}: {Output.PathFromHere(ready.File)}"
            + (ready.IsNearChance ? " That is near chance: other classes, their order, or the normalisation?" : "");
    }

    private static string Of(ExpertImages? images) => images switch
    {
        null => "",
        { AreScaled: true } => $"; reads the students' images scaled to {images.Height}×{images.Width}, since the pictures are stored at "
            + $"{images.StoredSize}×{images.StoredSize}",
        _ => $"; reads the pictures at {images.Height}×{images.Width}, from {images.StoredSize}×{images.StoredSize}",
    };

    private static string Quality(Accuracy test) => test.IsAgreement ? "gives the labels by which the students are measured"
        : test.LabelSets is null ? $"gets {Output.Percent(test.Score)} of the test images right"
        : $"has an mAP of {Output.Percent(test.Score)} on the test images";

    public static string Of(TrainingStopped stopped) =>
        $"Stopped in epoch {stopped.Epoch} after {stopped.StepsDone} steps; everything is kept.";

    /// <summary>Returns how to resume a run that is no cell of a comparison.</summary>
    public static string HowToResume(TrainingStopped stopped) => stopped.IsExpert
        ? "The same command resumes the expert's training."
        : $"Resume with: pupil distill --resume {Output.PathFromHere(stopped.Folder.Path)}";

    /// <summary>Returns the accuracy of a network as a line.</summary>
    public static string AccuracyOn(string images, Accuracy accuracy) => $"{images}, {accuracy.Images:N0} images: "
        + (accuracy.LabelSets is { } scores
            ? $"mAP {Output.Percent(scores.MeanAveragePrecision)}, F1 {Output.Percent(scores.MicroF1)} (micro) and "
                + $"{Output.Percent(scores.MacroF1)} (macro), all labels right {Output.Percent(accuracy.Top1)}"
            : $"top-1 {Output.Percent(accuracy.Top1)}" + (accuracy.Top5 is double top5 ? $", top-5 {Output.Percent(top5)}" : ""))
        + $", cross-entropy {accuracy.CrossEntropy:0.0000}"
        + (accuracy.Balanced is double balanced ? $", balanced accuracy {Output.Percent(balanced)}" : "");

    /// <summary>Returns an epoch as a line.</summary>
    public static string Of(EpochRecord epoch, TrainingStarted started, double? secondsLeft)
    {
        int digits = started.Epochs.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        var measured = epoch.HeldOut.Count > 0 ? ("held-out", epoch.HeldOut) : ("test", epoch.Test);
        string accuracies = string.Join("  ", started.Networks.Where(network => measured.Item2.ContainsKey(network.Name))
            .Select(network => $"{network.Name} {Output.Percent(measured.Item2[network.Name].Score)}"));
        string score = measured.Item2.Values.FirstOrDefault(accuracy => accuracy.ScoreName != "accuracy") is { } other
            ? $" {other.ScoreName}" : "";
        string terms = string.Join("  ", epoch.Terms.Select(term => $"{term.Key} {Value(term.Value)}"));
        return $"epoch {epoch.Epoch.ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(digits)}/{started.Epochs}"
            + (accuracies.Length > 0 ? $"  {measured.Item1}{score}: {accuracies}" : "")
            + $"  |  {terms}  |  rate {epoch.Rate:0.####}  {epoch.ImagesPerSecond:0} images/s"
            + (secondsLeft is > 0 ? $"  {Output.Time(secondsLeft.Value)} left" : "");
    }

    /// <summary>Says which students leave out the expert's terms from now on; null: none.</summary>
    public static string? Overtaking(EpochRecord epoch) => epoch.Overtook is not { } names ? null
        : $"Overtaken: {string.Join(" and ", names)} {(names.Count == 1 ? "is" : "are")} far better than the expert on the held-out "
            + "images; the terms that follow it are left out from now on.";

    public static string Of(RestartRecord restart) =>
        $"Diverged: {restart.Reason}. Starting anew with the learning rate {restart.Rate:0.####}.";

    /// <summary>Formats a term's value with as many digits as are significant.</summary>
    public static string Value(double value) => Math.Abs(value) is >= 0.001 and < 1e5 or 0 ? $"{value:0.000#}" : $"{value:0.00e+0}";

    private static string HowTaught(RunFolder folder) => folder.ReadRecipe().Method is var method && method is SupervisedOptions
        ? "alone"
        : $"under an expert of its own, by {method.MethodName}";

    private static string Named(RunNetwork network) => network.Role switch
    {
        NetworkRole.Control => $"{network.Name} ({network.Architecture}, not taught)",
        _ => $"{network.Name} ({network.Architecture})",
    };

    private static string Epochs(int count) => count == 1 ? "1 epoch" : $"{count} epochs";
}
