using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Benchmarks;

/// <summary>
/// The training whose steps benchmarks measure: WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32×32, noise.
/// </summary>
internal static class CtkdTraining
{
    public const int BatchSize = 128, Side = 32;

    private const int Classes = 10;

    /// <summary>Creates a trainer with a number of steps in an epoch.</summary>
    public static Trainer CreateTrainer(int steps, torch.Device device)
    {
        var images = Noise(steps * BatchSize, Side);
        var normalization = Normalization.OfImages(images);
        var shape = new ImageShape(3, Side, Side);
        Network Build(string architecture, string role) =>
            NetworkCatalogue.Build(new NetworkSpec { Architecture = architecture }, shape, Classes, role: role);
        var expert = new Expert(Build("wrn-40-1", "expert"), normalization, normalization);
        var method = new Ctkd(new CtkdOptions(), Build("wrn-40-1", "companion"), expert);
        var data = new TrainingData(
            Batches.ForTraining(images, BatchSize, normalization, device, new Augmentation(), seed: 0), null,
            Batches.ForEvaluation(images, BatchSize, normalization, device));
        // With this rate, noise labels do not make the loss diverge.
        var options = new TrainingOptions { Optimizer = new SgdOptions { LearningRate = 0.01 } };
        return new Trainer([new Classroom(method, [new NamedNetwork("student", Build("wrn-16-1", "student"))])], data, options, seed: 0);
    }

    /// <summary>Makes images of noise.</summary>
    public static ImageSubset Noise(int count, int side)
    {
        var random = new Random(1);
        var pixels = new byte[count * side * side * 3];
        random.NextBytes(pixels);
        int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.Next(Classes))];
        string[] classes = [.. Enumerable.Range(0, Classes).Select(i => $"class {i}")];
        return ImageSubset.All(new ImageSet("noise", pixels, labels, classes, side, side, 3));
    }
}
