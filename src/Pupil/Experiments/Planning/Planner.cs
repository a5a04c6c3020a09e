using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Inference.Pictures;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Planning;

/// <summary>
/// Chooses a recipe for a set of images and a time: from the properties of the images, from short trials on a part of the training images,
/// and from a few timed steps of the trainings that it plans. The work advances as its stream of events is read.
/// </summary>
/// <param name="options">The images, the time and the values that are given.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class Planner(PlanOptions options, torch.Device device)
{
    // Shares of the budget, and bounds of the trials.
    private const double TrialShare = 0.05, ExpertShare = 0.35, LongestTrial = 60;
    private const int FewestForHeldOut = 500;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly PlanDraft _draft = new(options);

    /// <summary>The plan, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public Plan? Result { get; private set; }

    /// <summary>Chooses the recipe; the last event is <see cref="PlanReady"/>, or <see cref="PlanStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">The images cannot be read, or a given value is wrong.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        // A recipe that is valid from the start; the networks may become smaller.
        Set(PlannedNetworks.For(options.Quality)[0], classes: 10);
        var form = ChoosePixels();
        var load = new DataLoad(_draft.Read().Data);
        foreach (var step in load.Run(stop).Where(step => step is not DataReady))
            yield return step;
        if (load.Data is not { } loaded)
            yield break;
        var splits = loaded.Splits;
        form ??= ImageForm.FromImages(splits.Train);
        foreach (var choice in ChooseParts(loaded))
            yield return new ChoiceMade(choice);
        foreach (var step in ChooseView(form, splits, stop))
            yield return step;
        if (stop.IsCancellationRequested)
        {
            yield return new PlanStopped();
            yield break;
        }
        var lengths = ChooseTraining(_draft.Read().Data.Prepare(splits));
        foreach (var choice in NoteTraining(lengths))
            yield return new ChoiceMade(choice);
        Result = new Plan(_draft.Choices, options.Time.TotalSeconds, _watch.Elapsed.TotalSeconds, lengths.Seconds)
        {
            Recipe = _draft.Read(),
        };
        yield return new PlanReady(Result);
    }

    // How pictures are decoded; null for images that are stored in one size.
    private ImageForm? ChoosePixels()
    {
        if (options.Source is not PictureSource source)
            return null;
        var form = ImageForm.FromSource(source);
        _draft.Set("data.source.size", form.Candidates[^1]);
        _draft.Set("data.source.grey", form.IsGrey);
        if (form.Long > 0.1)
            _draft.Set("data.source.fit", PictureFit.Pad);
        return form;
    }

    // The held-out part and the batch.
    private IEnumerable<Choice> ChooseParts(PreparedData data)
    {
        int images = data.Splits.Train.Count;
        const string HeldOut = "data.heldOut";
        bool holds = data.Splits.Validation is null && images >= FewestForHeldOut;
        if (holds)
            _draft.Set(HeldOut, Math.Clamp(images / 10, 50, 1000));
        int held = _draft.Read().Data.HeldOut;
        yield return _draft.Note(HeldOut, "held out", held == 0 ? "none" : $"{held:N0} images",
            holds ? $"a tenth of {images:N0} training images chooses the best epoch"
            : data.Splits.Validation is null ? $"{images:N0} training images are too few to spare some; the last epoch counts"
            : "the set has a validation part, which chooses the best epoch");
        var (batch, rate) = images < 400 ? (16, 0.03) : images < 2_000 ? (32, 0.05) : images < 20_000 ? (64, 0.07) : (128, 0.1);
        foreach (string training in new[] { "training", "expert.training" })
        {
            _draft.Set($"{training}.batchSize", batch);
            _draft.Set<OptimizerOptions>($"{training}.optimizer", new SgdOptions { LearningRate = rate, Nesterov = true });
            _draft.Set($"{training}.testEvery", 0);
            _draft.Set($"{training}.restartOnDivergence", true);
        }
        yield return _draft.Note(
            "training.batchSize", "batch", $"{_draft.Read().Training.BatchSize} images", $"{images:N0} training images");
        if (ChooseSampling(data.Train, held > 0 || data.Splits.Validation is not null) is { } sampling)
            yield return sampling;
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
            _draft.Set($"{training}.sampling", Sampling.SquareRoot);
            if (selects)
                _draft.Set($"{training}.selectBy", SelectionScore.BalancedAccuracy);
        }
        return _draft.Note("training.sampling", "sampling", _draft.Read().Training.Sampling == Sampling.SquareRoot
            ? "by the square root of a class's size" : "as given",
            $"the largest class has {counts.Max():N0} training images, the smallest {counts.Min():N0}");
    }

    // The size of the network input, and whether images are mirrored.
    private IEnumerable<RunEvent> ChooseView(ImageForm form, DataSplits splits, CancellationToken stop)
    {
        const string Input = "data.input", Flip = "data.augmentation.flip";
        double seconds = Math.Min(LongestTrial, TrialShare * options.Time.TotalSeconds);
        string reason = $"the pictures' shorter sides have {form.Side} pixels at the median";
        Trial? best = null;
        var inputs = _draft.IsGiven(Input) ? [_draft.Read().Data.Input]
            : form.Candidates.Where(side => side <= splits.Train.Height).Select(side => InputOf(side, splits)).ToList();
        if (inputs.Count == 0)
            inputs.Add(null);
        foreach (var input in inputs)
        {
            int side = input?.Size ?? splits.Train.Height;
            _draft.Set("data.augmentation.pad", side / 8);
            if (inputs.Count == 1 && _draft.IsGiven(Flip))
                break;
            yield return new TrialStarted(side, seconds);
            var trial = Trial.Run(_draft.Read(), splits, input, seconds, device, stop);
            if (stop.IsCancellationRequested)
                yield break;
            if (best is not null)
                reason += $"; in a trial {side}×{side} gets {Percent(trial.Top1)} right, the size before {Percent(best.Top1)}";
            if (best is not null && !trial.IsBetterThan(best))
                break;
            best = trial;
            _draft.Set(Input, input);
        }
        int chosen = _draft.Read().Data.Input?.Size ?? splits.Train.Height;
        _draft.Set("data.augmentation.pad", chosen / 8);
        yield return new ChoiceMade(_draft.Note(Input, "input", $"{chosen}×{chosen}", reason));
        yield return new ChoiceMade(
            best is null ? _draft.Note(Flip, "mirroring", OnOrOff, "") : ChooseMirroring(best, splits.Train.Classes));
    }

    private string OnOrOff => _draft.Read().Data.Augmentation.Flip ? "on" : "off";

    private Choice ChooseMirroring(Trial trial, IReadOnlyList<string> classes)
    {
        const string Path = "data.augmentation.flip";
        string shares = $"{Percent(trial.Top1)} of {trial.Labels.Length:N0} images right as they are, "
            + $"{Percent(trial.MirroredTop1)} mirrored";
        bool knows = ShareInterval.Of(trial.Top1, trial.Labels.Length).Low > 1.0 / classes.Count;
        _draft.Set(Path, !trial.SuffersFromMirroring);
        string confused = trial.Confusion() is var (real, taken) ? $"; '{classes[real]}' is taken for '{classes[taken]}'" : "";
        return _draft.Note(Path, "mirroring", OnOrOff,
            trial.SuffersFromMirroring ? $"in a trial, {shares}{confused}"
            : knows ? $"in a trial, {shares}"
            : $"the trial is near chance and says nothing ({shares}); most pictures have no direction");
    }

    /// <summary>The lengths of the trainings.</summary>
    private sealed record Lengths(int ExpertEpochs, int Epochs, double ImagesPerSecond, double Seconds);

    // The networks and epochs: the largest networks that are trained for enough epochs in the time that is left.
    private Lengths ChooseTraining(PreparedData data)
    {
        const int Enough = 20, MostExpertEpochs = 100, MostEpochs = 200;
        var rungs = PlannedNetworks.For(options.Quality);
        for (int i = 0; ; i++)
        {
            Set(rungs[i], data.Splits.Train.Classes.Count);
            var recipe = _draft.Read();
            double expertEpoch = 0, share = 0;
            if (recipe.ExpertsRead is [{ File: null } expert, ..])
            {
                var own = Runs.Experts.RecipeOf(recipe, expert);
                expertEpoch = Pace.Measure(own, data, device).Epoch(own, data);
                share = ExpertShare;
            }
            var pace = Pace.Measure(recipe, data, device);
            double epoch = pace.Epoch(recipe, data);
            // The test images are measured, and shown, at the end.
            double end = 2 + 3 * data.Test.Count * pace.ImageSeconds;
            double left = Math.Max(0, options.Time.TotalSeconds - _watch.Elapsed.TotalSeconds - end);
            int epochs = EpochsIn((1 - share) * left, epoch, MostEpochs);
            if (epochs < Enough && i + 1 < rungs.Count)
                continue;
            int expertEpochs = share > 0 ? EpochsIn(share * left, expertEpoch, MostExpertEpochs) : 0;
            epochs = SetEpochs("training", epochs, planned => planned.Training, data.HeldOut is not null);
            if (share > 0)
                expertEpochs = SetEpochs("expert.training", expertEpochs, planned => planned.Expert!.Training, data.HeldOut is not null);
            double seconds = expertEpochs * expertEpoch + epochs * epoch + end;
            return new Lengths(expertEpochs, epochs, data.Train.Count / epoch, seconds);
        }
    }

    private void Set(PlannedNetworks networks, int classes)
    {
        _draft.Set("students[0].network", networks.Student);
        if (!options.Teaches)
        {
            _draft.Set<MethodOptions>("method", new SupervisedOptions());
            return;
        }
        _draft.Set("students[1].network", networks.Student);
        _draft.Set("expert.network", networks.Expert);
        _draft.Set<MethodOptions>("method", new CombinationOptions
        {
            LabelWeight = 1,
            Parts =
            [
                new()
                {
                    Method = new CtkdOptions
                    {
                        ScratchTeacher = new NetworkSpec { Architecture = networks.ScratchTeacher },
                        // The path term sums over the classes.
                        Gamma = 0.03 * Math.Min(1, 10.0 / classes),
                    },
                },
                new() { Method = new KdOptions() },
            ],
        });
    }

    // Returns the epochs in force, which may be given. The warm-up must not be longer.
    private int SetEpochs(string path, int epochs, Func<Recipe, TrainingOptions> training, bool selects)
    {
        _draft.Set($"{path}.epochs", epochs);
        int inForce = training(_draft.Read()).Epochs;
        _draft.Set<Schedule>($"{path}.schedule", new CosineSchedule { WarmUpEpochs = Math.Min(2, inForce / 4.0) });
        // A training that has reached its best early need not wait for the end of its schedule.
        if (selects)
            _draft.Set<EarlyStoppingOptions?>($"{path}.earlyStopping", new() { Patience = Math.Max(5, 2 * inForce / 5) });
        return inForce;
    }

    private IEnumerable<Choice> NoteTraining(Lengths lengths)
    {
        var recipe = _draft.Read();
        yield return _draft.Note("students[0].network", "student", recipe.Students[0].Network.Architecture,
            $"quality {options.Quality.ToString().ToLowerInvariant()}");
        if (options.Teaches)
        {
            yield return _draft.Note("method", "method", Name(recipe.Method),
                "attention, softened logits and a scratch teacher together were best in the records");
            yield return _draft.Note("expert.network", "expert", recipe.Expert?.Network.Architecture ?? "none", "larger than the student");
        }
        string epochs = lengths.ExpertEpochs > 0 ? $"{lengths.ExpertEpochs} of the expert, {lengths.Epochs} of the students"
            : $"{lengths.Epochs}";
        yield return _draft.Note("training.epochs", "epochs", epochs,
            $"timed steps: {lengths.ImagesPerSecond:N0} images/s in the students' training");
    }

    private static string Name(MethodOptions method) => method is CombinationOptions sum
        ? string.Join(" + ", sum.Parts.Select(part => part.Method.MethodName))
        : method.MethodName;

    // Rounded down to one of a few numbers, so that runs on machines of nearly one speed share a recipe and its expert.
    private static int EpochsIn(double seconds, double epoch, int most)
    {
        int[] steps = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200];
        return steps.LastOrDefault(step => step <= most && step * epoch <= seconds, 1);
    }

    private static InputOptions? InputOf(int side, DataSplits splits) =>
        (splits.Train.Height, splits.Train.Width) == (side, side) ? null : new InputOptions { Size = side };

    private static string Percent(double share) => $"{100 * share:0} %";
}
