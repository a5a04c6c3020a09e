using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using Pupil.Training.Computing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>The networks and sizes of a training whose steps are timed.</summary>
/// <param name="Teachers">Expert and scratch teacher; null for a student alone.</param>
/// <param name="Student">The student.</param>
/// <param name="Side">Height and width of the images.</param>
/// <param name="BatchSize">Images in a step.</param>
internal sealed record TimedWork(string? Teachers, string Student, int Side, int BatchSize)
{
    /// <summary>The paper's pair of networks on CIFAR-10.</summary>
    public static TimedWork Ctkd { get; } = new("wrn-40-1", "wrn-16-1", CtkdTraining.Side, CtkdTraining.BatchSize);

    /// <summary>Its student alone.</summary>
    public static TimedWork Alone { get; } = Ctkd with { Teachers = null };

    /// <summary>The sizes of the demo.</summary>
    public static TimedWork Demo { get; } = new("wrn-16-1", "wrn-10-1", 20, 32);

    /// <summary>A student for pictures.</summary>
    public static TimedWork ResNet { get; } = new(null, "imagenet-resnet-18", 224, 16);
}

/// <summary>
/// The trainings whose steps benchmarks measure, on noise; by default WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch
/// 128, 32×32.
/// </summary>
internal static class CtkdTraining
{
    public const int BatchSize = 128, Side = 32;

    private const int Classes = 10, TestImages = 1000;

    private static readonly Normalization Normalized = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };

    /// <summary>Creates a trainer with a number of steps in an epoch.</summary>
    public static Trainer CreateTrainer(int steps, Device device) => CreateTrainer(TimedWork.Ctkd, steps, device, Precision.Float32);

    /// <summary>Creates a trainer with a number of steps in an epoch.</summary>
    public static Trainer CreateTrainer(TimedWork work, int steps, Device device, Precision precision) =>
        CreateTrainer(work, steps, device, SingleProcess.In(precision, device), out _);

    /// <summary>Creates a trainer with a number of steps in an epoch.</summary>
    /// <param name="work">Networks and sizes.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="device">The device.</param>
    /// <param name="execution">Computes the passes.</param>
    /// <param name="expert">The expert's network; null for a student alone.</param>
    /// <param name="share">The part of each batch that this process computes; null: all of it.</param>
    public static Trainer CreateTrainer(
        TimedWork work, int steps, Device device, Execution execution, out Network? expert, BatchShare? share = null)
    {
        expert = work.Teachers is null ? null : Build(work.Teachers, work.Side, device);
        Method method = expert is null ? new Supervised(new SupervisedOptions())
            : new Ctkd(new CtkdOptions(), Build(work.Teachers!, work.Side, device), new Expert(expert, Normalized, Normalized));
        var images = Noise(steps * work.BatchSize, work.Side);
        var normalization = Normalization.OfImages(images);
        var data = new TrainingData(
            Batches.ForTraining(images, work.BatchSize, normalization, device, new Augmentation(), seed: 0, null, LabelWeighting.None,
                Sampling.All, share ?? BatchShare.All),
            null,
            Batches.ForEvaluation(Noise(TestImages, work.Side), Evaluation.BatchSize, normalization, device));
        // With this rate, noise labels do not make the loss diverge.
        var options = new TrainingOptions { Optimizer = new SgdOptions { LearningRate = 0.01 } };
        var student = new NamedNetwork("student", Build(work.Student, work.Side, device));
        return new Trainer([new Classroom(method, [student])], data, options, seed: 0, execution);
    }

    /// <summary>Builds a network for the images.</summary>
    public static Network Build(string architecture, int side, Device device)
    {
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = architecture }, new ImageShape(3, side, side), Classes);
        network.to(device);
        return network;
    }

    /// <summary>
    /// The terms of the first step (cross-entropy of scratch teacher and student, path, attention) with the weights and images of steps.py.
    /// </summary>
    public static double[] KnownTerms(Device device)
    {
        using var scope = NewDisposeScope();
        Network[] networks = [.. new[] { "wrn-40-1", "wrn-40-1", "wrn-16-1" }.Select(name => Build(name, Side, device))];
        for (int phase = 0; phase < networks.Length; phase++)
            Fill(networks[phase], phase);
        var expert = new Expert(networks[0], Normalized, Normalized);
        using var step = new TrainingStep([new Classroom(
            new Ctkd(new CtkdOptions(), networks[1], expert), [new NamedNetwork("student", networks[2])])], seed: 0);
        var images = Wave(16 * 3 * Side * Side, 0.11, 0).reshape(16, 3, Side, Side).to(ScalarType.Float32).to(device);
        var target = new HardTarget(tensor([.. Enumerable.Range(0, 16).Select(i => (long)i % Classes)]).to(device));
        var terms = step.Run(new Batch(images, target, 16), 1, new Moment(1, 0, 1, 1));
        return [Value("scratch-teacher", TermName.Labels), Value("student", TermName.Labels), Value("student", "path"),
            Value("student", "attention")];

        double Value(string owner, string name) => terms.Single(term => term.Key.Owner == owner && term.Key.Name == name).Value;
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

    private static void Fill(Network network, int phase)
    {
        using var noGradient = no_grad();
        int i = 0;
        foreach (var (name, parameter) in network.named_parameters().OrderBy(entry => entry.name, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            var wave = Wave(parameter.numel(), 0.37, i++ + phase).reshape(parameter.shape);
            double fanIn = parameter.shape.Skip(1).Aggregate(1L, (product, size) => product * size);
            double middle = name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            parameter.copy_(parameter.dim() > 1 ? wave * Math.Sqrt(2 / fanIn) : wave * 0.1 + middle);
        }
    }

    private static Tensor Wave(long count, double step, double phase) => sin(arange(count, dtype: ScalarType.Float64) * step + phase);
}
