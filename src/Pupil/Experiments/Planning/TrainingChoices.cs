using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Planning;

/// <summary>Chooses networks, method and epochs, by a few timed steps of the trainings.</summary>
/// <param name="draft">The recipe in the making.</param>
/// <param name="options">The planned time and the quality.</param>
/// <param name="weights">The networks of given weights, which are not chosen.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class TrainingChoices(PlanDraft draft, PlanOptions options, WeightChoices weights, Device device)
{
    // Seconds of loading, measuring latency and writing, beside the measurements of the test images.
    private const double AtTheEnd = 8;

    private const double ExpertShare = 0.4;

    private const double EnoughSteps = 3000;

    private const string OfWeights = "the network of its weights";

    /// <summary>The lengths of the trainings.</summary>
    public sealed record Lengths(int ExpertEpochs, int Epochs, double ImagesPerSecond, double Seconds);

    /// <summary>Chooses the largest networks that are trained for enough epochs in the time that is left.</summary>
    /// <param name="data">The images.</param>
    /// <param name="elapsed">Returns the seconds of the planned time that have passed.</param>
    public Lengths Make(PreparedData data, Func<double> elapsed)
    {
        var rungs = PlannedNetworks.For(options.Quality);
        // There is nothing smaller to try if all networks are fixed.
        if (weights.Fix("students[0]") && (weights.Fix("expert") || !options.Teaches))
            rungs = [rungs[0]];
        for (int i = 0; ; i++)
        {
            Set(rungs[i], data.Splits.Train.Classes.Count);
            var recipe = draft.Read();
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
            double end = AtTheEnd + 3 * data.Test.Count * pace.ImageSeconds;
            double left = Math.Max(0, options.Time.TotalSeconds - elapsed() - end);
            int epochs = EpochsIn((1 - share) * left, epoch, Most(200, recipe.Training, data));
            int expertEpochs = share > 0 ? EpochsIn(share * left, expertEpoch, Most(100, recipe.Expert!.Training, data)) : 0;
            bool isEnough = IsEnough(epochs, recipe.Training, data)
                && (share == 0 || IsEnough(expertEpochs, recipe.Expert!.Training, data));
            if (!isEnough && i + 1 < rungs.Count)
                continue;
            epochs = SetEpochs("training", epochs, planned => planned.Training, data);
            draft.Set("training.leavesOvertakenExpert", options.Teaches && data.HeldOut is not null);
            if (share > 0)
                expertEpochs = SetEpochs("expert.training", expertEpochs, planned => planned.Expert!.Training, data);
            double seconds = expertEpochs * expertEpoch + epochs * epoch + end;
            return new Lengths(expertEpochs, epochs, data.Train.Count / epoch, seconds);
        }
    }

    // A network that is trained for less is worse than a smaller one, and a weak expert makes its student worse than without one.
    private static bool IsEnough(int epochs, TrainingOptions training, PreparedData data) =>
        epochs * StepsOfEpoch(training, data) >= EnoughSteps;

    // More epochs of a set with few images, which has few steps in each.
    private static int Most(int epochs, TrainingOptions training, PreparedData data) =>
        Math.Max(epochs, (int)(2 * EnoughSteps / StepsOfEpoch(training, data)));

    private static double StepsOfEpoch(TrainingOptions training, PreparedData data) =>
        Math.Ceiling((double)data.Train.Count / training.BatchSize);

    /// <summary>Sets networks and method.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="classes">K, the number of classes.</param>
    public void Set(PlannedNetworks networks, int classes)
    {
        SetNetwork("students[0]", networks.Student);
        if (!options.Teaches)
        {
            draft.Set<MethodOptions>("method", new SupervisedOptions());
            return;
        }
        SetNetwork("students[1]", networks.Student);
        SetNetwork("expert", networks.Expert);
        // Logits fit networks of all families, and a scratch teacher would be far behind a student that starts from trained weights.
        draft.Set<MethodOptions>("method", weights.AreGiven ? new KdOptions() : new CombinationOptions
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

    private void SetNetwork(string place, string network)
    {
        if (!weights.Fix(place))
            draft.Set($"{place}.network", network);
    }

    // Returns the epochs in force, which may be given. The warm-up must not be longer.
    private int SetEpochs(string path, int epochs, Func<Recipe, TrainingOptions> training, PreparedData data)
    {
        draft.Set($"{path}.epochs", epochs);
        int inForce = training(draft.Read()).Epochs;
        draft.Set<Schedule>($"{path}.schedule", new CosineSchedule { WarmUpEpochs = WarmUp(inForce) });
        // A training that has reached its best early need not wait for the end of its schedule.
        if (data.HeldOut is { } heldOut)
        {
            draft.Set<EarlyStoppingOptions?>($"{path}.earlyStopping",
                new() { Patience = Math.Max(5, inForce / 2), MinScore = MoreThanChance(heldOut) });
        }
        return inForce;
    }

    // After a short warm-up, an expert of few images may know them by heart and stay at chance for others.
    private static double WarmUp(int epochs) => Math.Min(Math.Max(2, Math.Round(epochs / 12.0)), epochs / 4.0);

    // Some sets are learnt late, after many epochs near chance. Guessing has no simple average precision for several labels.
    private static double MoreThanChance(ImageSubset images) => images.Set.Labelling == Labelling.Several ? 0
        : Math.Min(1, Math.Round(ShareInterval.Of(1.0 / images.Set.Classes.Count, images.Count).High, 2));

    /// <summary>Notes the choices.</summary>
    public IEnumerable<Choice> Note(Lengths lengths)
    {
        var recipe = draft.Read();
        yield return draft.Note("students[0].network", "student", recipe.Students[0].Network.Architecture,
            weights.Fix("students[0]") ? OfWeights : $"quality {options.Quality.ToString().ToLowerInvariant()}");
        if (options.Teaches)
        {
            yield return draft.Note("method", "method", Name(recipe.Method),
                weights.AreGiven ? "softened logits fit networks of any family, such as those of the given weights"
                : "attention, softened logits and a scratch teacher together had the best record on CIFAR-10");
            yield return draft.Note(
                "expert.network", "expert", Name(recipe.Expert), weights.Fix("expert") ? OfWeights : "larger than the student");
        }
        string epochs = lengths.ExpertEpochs > 0 ? $"{lengths.ExpertEpochs} of the expert, {lengths.Epochs} of the students"
            : $"{lengths.Epochs}";
        yield return draft.Note("training.epochs", "epochs", epochs,
            $"timed steps: {lengths.ImagesPerSecond:N0} images/s in the students' training");
    }

    private static string Name(MethodOptions method) => method is CombinationOptions sum
        ? string.Join(" + ", sum.Parts.Select(part => part.Method.MethodName))
        : method.MethodName;

    private static string Name(ExpertOptions? expert) => expert is null ? "none" : expert.File ?? expert.Network.Architecture;

    // Rounded down to one of a few numbers, so that runs on machines of nearly one speed share a recipe and its expert.
    private static int EpochsIn(double seconds, double epoch, int most)
    {
        int[] steps =
        [
            1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1500,
        ];
        return steps.LastOrDefault(step => step <= most && step * epoch <= seconds, 1);
    }
}
