using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Planning;

/// <summary>
/// The predictions of a briefly trained student on training images that it was not trained on. The test split has no part in it.
/// </summary>
/// <param name="Labels">
/// The class number of each image; with several labels an image, 1 or 0 for the presence of each class in each image.
/// </param>
/// <param name="Predictions">The predictions of these numbers.</param>
/// <param name="Mirrored">The predictions of these numbers for the images mirrored left to right.</param>
internal sealed record Trial(int[] Labels, int[] Predictions, int[] Mirrored)
{
    private const int MostTrained = 2000, MostMeasured = 1000, MostEpochs = 60;

    /// <summary>The number of labels of each image. Default one.</summary>
    public Labelling Labelling { get; private init; }

    /// <summary>The accuracy, 0…1; with several labels an image, that of all decisions whether a class is present.</summary>
    public double Top1 => Share(Predictions);

    /// <summary>The accuracy on the mirrored images, 0…1.</summary>
    public double MirroredTop1 => Share(Mirrored);

    /// <summary>Whether mirrored images are recognised worse than as they are, by more than chance explains.</summary>
    public bool SuffersFromMirroring => IsBetter(Predictions, Mirrored, Labels);

    /// <summary>Whether this student is better than that of another trial on the same images, by more than chance explains.</summary>
    public bool IsBetterThan(Trial other) => IsBetter(Predictions, other.Predictions, Labels);

    /// <summary>
    /// Returns the classes that are most often confused only when mirrored, such as <c>turn-left</c> and <c>turn-right</c>; null if there
    /// are none, and with several labels an image.
    /// </summary>
    public (int Class, int TakenFor)? Confusion() => Labelling == Labelling.Several ? null : Enumerable.Range(0, Labels.Length)
        .Where(i => Predictions[i] == Labels[i] && Mirrored[i] != Labels[i])
        .GroupBy(i => (Labels[i], Mirrored[i]))
        .OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
        .Select(group => ((int, int)?)group.Key)
        .FirstOrDefault();

    /// <summary>Trains the recipe's first student on labels alone, without mirroring, on at most 2,000 images.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="splits">Its images.</param>
    /// <param name="input">The size of the network input; null for the stored size.</param>
    /// <param name="seconds">The time for training, roughly.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="stop">Ends the training early.</param>
    public static Trial Run(
        Recipe recipe, DataSplits splits, InputOptions? input, double seconds, Device device, CancellationToken stop)
    {
        int measured = Math.Min(MostMeasured, splits.Train.Count / 2);
        var options = recipe.Data with
        {
            Input = input,
            HeldOut = measured,
            TrainImages = Math.Min(MostTrained, splits.Train.Count - measured),
            Augmentation = recipe.Data.Augmentation with { Flip = false, Mixing = null },
        };
        var data = options.Prepare(splits);
        recipe = recipe with { Data = options, Method = new SupervisedOptions(), Students = [recipe.Students[0]] };
        recipe = recipe.WithoutFrozenEpochs();
        double epoch = Pace.Measure(recipe, data, device).Epoch(recipe, data with { HeldOut = null });
        int epochs = Math.Clamp((int)(seconds / epoch), 1, MostEpochs);
        var training = recipe.Training with
        {
            Epochs = epochs,
            Schedule = new CosineSchedule { WarmUpEpochs = Math.Min(1, epochs / 2.0) },
        };
        using var rehearsal = new Rehearsal(recipe, data, device);
        var train = Batches.ForTraining(
            data.Train, training.BatchSize, data.Normalization, device, options.Augmentation, recipe.Seed, data.Input);
        var held = data.ForEvaluation(data.HeldOut!, data.Normalization, device);
        using var trainer = new Trainer(rehearsal.Classrooms, new TrainingData(train, null, held), training, recipe.Seed);
        foreach (var _ in trainer.Run())
        {
            if (stop.IsCancellationRequested)
                break;
        }
        var network = trainer.Networks[0].Network;
        var set = splits.Train;
        bool isOne = set.Labelling == Labelling.One;
        int[] labels = [.. data.HeldOut!.Indices.SelectMany(Expected)];
        return new Trial(labels, Predict(images => network.call(images).Logits), Predict(images => network.call(images.flip(3)).Logits))
        {
            Labelling = set.Labelling,
        };

        IEnumerable<int> Expected(int image)
        {
            int[] own = set.LabelsOf(image).ToArray();
            return isOne ? own : Enumerable.Range(0, set.Classes.Count).Select(label => own.Contains(label) ? 1 : 0);
        }

        int[] Predict(Func<Tensor, Tensor> logits)
        {
            using var evaluating = network.Evaluating();
            using var inference = inference_mode();
            var predictions = new List<int>();
            for (int step = 0; step < held.Steps; step++)
            {
                using var scope = NewDisposeScope();
                using var batch = held.Get(1, step);
                var found = logits(batch.Images);
                var numbers = isOne ? found.argmax(1) : LabelSetTable.Present(found, null).flatten();
                predictions.AddRange(numbers.to_type(ScalarType.Int32).cpu().data<int>());
            }
            return [.. predictions];
        }
    }

    /// <summary>
    /// Whether mirrored images lose at most half of what the student gets right above <see cref="Chance"/>, and chance does not explain
    /// that. False if the student has learnt too little to tell.
    /// </summary>
    public bool ToleratesMirroring
    {
        get
        {
            var (lost, spread) = Difference(Predictions, Mirrored, Labels);
            return lost + spread < (Top1 - Chance) / 2 * Labels.Length;
        }
    }

    // The accuracy of the best prediction that does not look at the image: the most frequent class or, with several labels, decision.
    private double Chance => (double)Labels.CountBy(label => label).Max(label => label.Value) / Labels.Length;

    private double Share(int[] predictions) => (double)predictions.Zip(Labels).Count(pair => pair.First == pair.Second) / Labels.Length;

    private static bool IsBetter(int[] one, int[] other, int[] labels)
    {
        var (more, spread) = Difference(one, other, labels);
        return more > spread;
    }

    // A paired comparison: the number of images that the first gets right more than the other, and two deviations of a fair coin that is
    // tossed for each image that only one of them gets right.
    private static (int More, double Spread) Difference(int[] one, int[] other, int[] labels)
    {
        int ahead = Enumerable.Range(0, labels.Length).Count(i => one[i] == labels[i] && other[i] != labels[i]);
        int behind = Enumerable.Range(0, labels.Length).Count(i => one[i] != labels[i] && other[i] == labels[i]);
        return (ahead - behind, 2 * Math.Sqrt(ahead + behind));
    }
}
