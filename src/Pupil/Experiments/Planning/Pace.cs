using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Planning;

/// <summary>The measured speed of a training.</summary>
/// <param name="StepSeconds">Seconds of a training step.</param>
/// <param name="ImageSeconds">Seconds of the forward passes of all trained networks for one image in evaluation.</param>
internal sealed record Pace(double StepSeconds, double ImageSeconds)
{
    // The first steps compile kernels for their sizes.
    private const int WarmUps = 2, FewestSteps = 3, MostSteps = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Times a few steps of a recipe with untrained networks.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">The device of the networks.</param>
    public static Pace Measure(Recipe recipe, PreparedData data, torch.Device device)
    {
        // Steps with a fixed body are faster, and few.
        using var rehearsal = new Rehearsal(recipe.WithoutFrozenEpochs(), data, device);
        var batches = Batches.ForTraining(data.Train, recipe.Training.BatchSize, data.Normalization, device, recipe.Data.Augmentation,
            recipe.Seed, data.Input);
        var optimizers = rehearsal.Steps.Select(step => recipe.Training.Optimizer.Create(step.Parameters)).ToList();
        try
        {
            var watch = Stopwatch.StartNew();
            var times = new List<double>();
            for (int i = 0; times.Count < FewestSteps || (times.Count < MostSteps && watch.Elapsed < Patience); i++)
            {
                var before = watch.Elapsed;
                Step(rehearsal.Steps, optimizers, batches, i);
                if (i >= WarmUps)
                    times.Add((watch.Elapsed - before).TotalSeconds);
            }
            return new Pace(times.Order().ElementAt(times.Count / 2), Evaluate(rehearsal, data, device));
        }
        finally
        {
            optimizers.ForEach(optimizer => optimizer.Dispose());
        }
    }

    /// <summary>Predicts the seconds of an epoch.</summary>
    /// <param name="recipe">The recipe whose pace this is.</param>
    /// <param name="data">Its images.</param>
    public double Epoch(Recipe recipe, PreparedData data)
    {
        double batches = Math.Ceiling((double)data.Train.Count / recipe.Training.BatchSize);
        return batches * StepSeconds + (data.HeldOut?.Count ?? 0) * ImageSeconds;
    }

    private static void Step(IReadOnlyList<TrainingStep> steps, List<Optimizer> optimizers, Batches batches, int number)
    {
        using var batch = batches.Get(1 + number / batches.Steps, number % batches.Steps);
        foreach (var (step, optimizer) in steps.Zip(optimizers))
        {
            step.Run(batch, 1, new Moment(1, 0, batches.Steps, 1));
            // A rate of zero changes no weight, and costs as much as any.
            optimizer.Step(0);
        }
    }

    private static double Evaluate(Rehearsal rehearsal, PreparedData data, torch.Device device)
    {
        var some = ImageSubset.All(data.Splits.Train) with { Indices = [.. data.Train.Indices.Take(Evaluation.BatchSize)] };
        var batches = data.ForEvaluation(some, data.Normalization, device);
        Network[] networks = [.. rehearsal.Steps.SelectMany(step => step.Networks).Select(network => network.Network)];
        networks.ToList().ForEach(network => Evaluation.Measure(network, batches));
        var watch = Stopwatch.StartNew();
        networks.ToList().ForEach(network => Evaluation.Measure(network, batches));
        return watch.Elapsed.TotalSeconds / some.Count;
    }
}
