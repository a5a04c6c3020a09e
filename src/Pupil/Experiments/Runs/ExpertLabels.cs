using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>The answer of an expert for one picture.</summary>
/// <param name="Index">The index of the picture in its set.</param>
/// <param name="Labels">The numbers of its classes: one, or any number of them from an expert of several labels a picture.</param>
/// <param name="Confidence">
/// The probability of the class, 0…1. Of several labels a picture, the least probability of a decision: presence or absence.
/// </param>
internal sealed record ExpertLabel(int Index, IReadOnlyList<int> Labels, double Confidence);

/// <summary>Labels pictures by an expert.</summary>
internal static class ExpertLabels
{
    /// <summary>Returns the answers for all pictures, in their order; null after a stop.</summary>
    /// <param name="expert">The expert, with logits.</param>
    /// <param name="data">The pictures, as the test part.</param>
    /// <param name="crop">See <see cref="ExpertOptions.Crop"/>.</param>
    /// <param name="temperature">The temperature of its calibration; 1 without one.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">The logits are not finite.</exception>
    public static IReadOnlyList<ExpertLabel>? Of(
        ExpertFile expert, PreparedData data, double? crop, double temperature, Device device, CancellationToken stop)
    {
        bool areSets = expert.Labelling == Labelling.Several;
        var view = data.ViewOf(expert.Network.Input, crop);
        var batches = data.ForEvaluation(data.Test, expert.Normalization, device, view);
        var found = new List<ExpertLabel>();
        using var inference = inference_mode();
        for (int step = 0; step < batches.Steps; step++)
        {
            if (stop.IsCancellationRequested)
                return null;
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            var images = ImageScaling.Fit(batch.Images, expert.Network.Input);
            var logits = expert.Network.Forward(images).Logits.Over(temperature);
            if (!logits.isfinite().all().item<bool>())
                throw new UserErrorException($"{expert.Network.Name}: gives logits that are not finite; the file is damaged, or its "
                    + "normalisation is another one.");
            var rows = areSets ? Sets(logits, expert.Thresholds) : Single(logits);
            found.AddRange(rows.Select((row, i) => new ExpertLabel(batch.Indices[i], row.Labels, row.Confidence)));
        }
        return found;
    }

    private static IEnumerable<(IReadOnlyList<int> Labels, double Confidence)> Single(Tensor logits)
    {
        var (probabilities, classes) = logits.softmax(1).max(1);
        int[] numbers = classes.to_type(ScalarType.Int32).cpu().data<int>().ToArray();
        float[] confidence = probabilities.to_type(ScalarType.Float32).cpu().data<float>().ToArray();
        return numbers.Zip(confidence, (number, probability) => ((IReadOnlyList<int>)[number], (double)probability));
    }

    private static IEnumerable<(IReadOnlyList<int> Labels, double Confidence)> Sets(Tensor logits, IReadOnlyList<double>? thresholds)
    {
        int classes = (int)logits.shape[1];
        float[] probabilities = logits.sigmoid().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        bool[] present = LabelSetTable.Present(logits, thresholds).cpu().contiguous().data<bool>().ToArray();
        for (int row = 0; row < probabilities.Length; row += classes)
        {
            int[] labels = [.. Enumerable.Range(0, classes).Where(label => present[row + label])];
            int start = row;
            yield return (labels, Enumerable.Range(0, classes)
                .Min(label => present[start + label] ? (double)probabilities[start + label] : 1 - probabilities[start + label]));
        }
    }
}
