using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Finds what looks wrong with an expert from a file before it teaches: an accuracy far below what its file or name promises, and inputs
/// that look wrongly normalised.
/// </summary>
internal static partial class ExpertDoubts
{
    // Images for each normalisation: fewer of a large network, so that the check takes seconds.
    private const int MostImages = 128, FewestImages = 16;
    private const double MultiplyAdds = 4e10;

    // Another normalisation is named where it is this much nearer to the training, or this much more accurate.
    private const double FarEnough = 0.15, Nearer = 0.6, Accurate = 0.1;

    /// <summary>Returns the doubts, each in a sentence.</summary>
    /// <param name="expert">The expert.</param>
    /// <param name="path">Its file.</param>
    /// <param name="test">Its accuracy on the test images; null without one.</param>
    /// <param name="data">The images of the run.</param>
    /// <param name="view">The view of the images that it reads.</param>
    /// <param name="device">The device to compute on.</param>
    public static IReadOnlyList<string> Of(
        ExpertFile expert, string path, Accuracy? test, PreparedData data, Images.ImageView? view, Device device) =>
        [.. new[] { OfPromise(expert, path, test), OfNormalization(expert, data, view, device) }.OfType<string>()];

    private static string? OfPromise(ExpertFile expert, string path, Accuracy? test)
    {
        double? promised = expert.PromisedTop1 ?? PromiseIn(Path.GetFileName(path));
        if (promised is not double promise || test is not { LabelSets: null })
            return null;
        double error = Math.Sqrt(promise * (1 - promise) / test.Images);
        return test.Top1 >= promise - Math.Max(0.05, 3 * error) ? null : string.Create(CultureInfo.InvariantCulture,
            $"It gets {test.Top1 * 100:0.0} % of the test images right, but its {(expert.PromisedTop1 is null ? "name" : "file")} promises "
            + $"{promise * 100:0.0} %: other images, another normalisation or order of classes?");
    }

    // A percentage in a file's name, such as resnet56_93.39.onnx.
    private static double? PromiseIn(string name) => Percentage().Match(name) is { Success: true } found
        ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) / 100 : null;

    private static string? OfNormalization(ExpertFile expert, PreparedData data, Images.ImageView? view, Device device)
    {
        var given = expert.Normalization;
        var images = data.Train with { Indices = [.. Evenly(data.Train.Indices, expert.Network.Outline.Cost.MultiplyAdds)] };
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var batch = data.ForEvaluation(images, given, device, view).Get(1, 0);
        var own = ImageScaling.Fit(batch.Images, expert.Network.Input);
        var others = Candidates(data)
            .Where(candidate => candidate.Value.Mean.Length == given.Mean.Length && !IsNear(candidate.Value, given)).ToList();
        if (expert.Network is INormStatisticsTeacher norms && norms.DistanceFromTraining(own) is double distance)
        {
            var best = others.Select(other => (other, Found: norms.DistanceFromTraining(Converted(own, given, other.Value)) ?? distance))
                .MinBy(entry => entry.Found);
            return distance - best.Found > FarEnough && best.Found < Nearer * distance ? Doubt(best.other,
                "The inputs of its first batch-norms are far from those of its training") : null;
        }
        if (!expert.Network.HasLogits || batch.Target.Labels is not { } labels)
            return null;
        double right = Share(own);
        var accurate = others.Select(other => (other, Found: Share(Converted(own, given, other.Value)))).MaxBy(entry => entry.Found);
        return accurate.Found - right > Accurate ? Doubt(accurate.other, string.Create(CultureInfo.InvariantCulture,
            $"It gets {right * 100:0} % of {labels.shape[0]} training images right, and {accurate.Found * 100:0} % with another "
            + $"normalisation")) : null;

        double Share(Tensor normalized) => expert.Network.Forward(normalized).Logits.argmax(1).eq(labels).to(ScalarType.Float32).mean()
            .ToDouble();

        string Doubt(KeyValuePair<string, Normalization> better, string finding) =>
            $"{finding}: normalised wrongly? {better.Key} fits better (mean {Numbers(better.Value.Mean)}, deviation "
            + $"{Numbers(better.Value.Deviation)}).";

        static string Numbers(double[] values) =>
            string.Join(' ', values.Select(value => value.ToString("0.###", CultureInfo.InvariantCulture)));
    }

    // What experts are usually normalised by.
    private static IEnumerable<KeyValuePair<string, Normalization>> Candidates(PreparedData data)
    {
        yield return new("that of ImageNet", Normalization.ImageNet);
        yield return new("that of CIFAR-10", New([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]));
        yield return new("that of CIFAR-100", New([0.5071, 0.4865, 0.4409], [0.2673, 0.2564, 0.2762]));
        yield return new("that of CLIP", New([0.4815, 0.4578, 0.4082], [0.2686, 0.2613, 0.2758]));
        yield return new("−1 to 1", New([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]));
        yield return new("0 to 1", New([0, 0, 0], [1, 1, 1]));
        yield return new("0 to 255", New([0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0]));
        yield return new("that of the training images", data.Normalization);

        Normalization New(double[] mean, double[] deviation) => data.InputShape.Channels == 1
            ? new() { Mean = [mean.Average()], Deviation = [deviation.Average()] } : new() { Mean = mean, Deviation = deviation };
    }

    // Hardly another one: a difference that no network notices.
    private static bool IsNear(Normalization one, Normalization other) => one.Mean.Zip(other.Mean, (x, y) => Math.Abs(x - y)).Max() < 0.03
        && one.Deviation.Zip(other.Deviation, (x, y) => Math.Abs(Math.Log(x / y))).Max() < 0.1;

    private static Tensor Converted(Tensor images, Normalization from, Normalization to)
    {
        var scale = PerChannel(from.Deviation.Zip(to.Deviation, (old, wanted) => old / wanted));
        var shift = PerChannel(from.Mean.Zip(to.Mean, (old, wanted) => old - wanted).Zip(to.Deviation, (gap, wanted) => gap / wanted));
        return (images * scale).Plus(shift);

        Tensor PerChannel(IEnumerable<double> values) =>
            tensor([.. values.Select(value => (float)value)], [1, from.Mean.Length, 1, 1], device: images.device);
    }

    private static IEnumerable<int> Evenly(int[] indices, long multiplyAdds)
    {
        int wanted = (int)Math.Clamp(MultiplyAdds / Math.Max(1, multiplyAdds), FewestImages, MostImages);
        int count = Math.Min(wanted, indices.Length);
        return Enumerable.Range(0, count).Select(i => indices[(int)((long)i * indices.Length / count)]);
    }

    [GeneratedRegex(@"(?<![\d.])([5-9]\d\.\d{1,2})(?![\d])")]
    private static partial Regex Percentage();
}
