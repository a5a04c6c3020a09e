using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// The training whose steps benchmarks measure: WRN-40-1 expert, WRN-40-1 scratch teacher, WRN-16-1 student, batch 128, 32×32, noise.
/// </summary>
internal static class CtkdTraining
{
    public const int BatchSize = 128, Side = 32;

    private const int Classes = 10;

    private static readonly ImageShape Shape = new(3, Side, Side);

    /// <summary>Creates a trainer with a number of steps in an epoch.</summary>
    public static Trainer CreateTrainer(int steps, Device device)
    {
        var normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };
        var expert = new Expert(Build("wrn-40-1"), normalization, normalization);
        return Train(new Ctkd(new CtkdOptions(), Build("wrn-40-1"), expert), steps, device);
    }

    /// <summary>Creates a trainer of the student alone.</summary>
    public static Trainer CreateTrainerAlone(int steps, Device device) => Train(new Supervised(new SupervisedOptions()), steps, device);

    /// <summary>Builds a network for the images.</summary>
    public static Network Build(string architecture) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = architecture }, Shape, Classes);

    /// <summary>
    /// The terms of the first step (cross-entropy of scratch teacher and student, path, attention) with the weights and images of steps.py.
    /// </summary>
    public static double[] KnownTerms()
    {
        using var scope = NewDisposeScope();
        var normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };
        Network[] networks = [Build("wrn-40-1"), Build("wrn-40-1"), Build("wrn-16-1")];
        for (int phase = 0; phase < networks.Length; phase++)
            Fill(networks[phase], phase);
        var expert = new Expert(networks[0], normalization, normalization);
        using var step = new TrainingStep([new Classroom(
            new Ctkd(new CtkdOptions(), networks[1], expert), [new NamedNetwork("student", networks[2])])], seed: 0);
        var images = Wave(16 * 3 * Side * Side, 0.11, 0).reshape(16, 3, Side, Side).to(ScalarType.Float32);
        var target = new HardTarget(tensor([.. Enumerable.Range(0, 16).Select(i => (long)i % Classes)]));
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

    private static Trainer Train(Method method, int steps, Device device)
    {
        var images = Noise(steps * BatchSize, Side);
        var normalization = Normalization.OfImages(images);
        var data = new TrainingData(
            Batches.ForTraining(images, BatchSize, normalization, device, new Augmentation(), seed: 0), null,
            Batches.ForEvaluation(images, BatchSize, normalization, device));
        // With this rate, noise labels do not make the loss diverge.
        var options = new TrainingOptions { Optimizer = new SgdOptions { LearningRate = 0.01 } };
        return new Trainer([new Classroom(method, [new NamedNetwork("student", Build("wrn-16-1"))])], data, options, seed: 0);
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
