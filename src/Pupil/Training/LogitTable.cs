using Pupil.Images;
using Pupil.Interop.Students;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>The logits of a network for images with one label each, with the labels.</summary>
/// <param name="Logits">N rows of K logits.</param>
/// <param name="Labels">N class numbers.</param>
internal sealed record LogitTable(IReadOnlyList<float[]> Logits, IReadOnlyList<int> Labels)
{
    /// <summary>Computes the logits of a network in evaluation mode; its previous mode is then restored.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batches">Batches for evaluation, whose images have one label each.</param>
    public static LogitTable FromNetwork(Network network, IBatchSource batches)
    {
        using var evaluating = network.Evaluating();
        using var inference = inference_mode();
        var logits = new List<float[]>();
        var labels = new List<int>();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            var rows = network.call(batch.Images).Logits.cpu().to_type(ScalarType.Float32).contiguous();
            logits.AddRange(rows.data<float>().ToArray().Chunk((int)rows.shape[1]));
            labels.AddRange(batch.Target.RequiredLabels.cpu().data<long>().Select(label => (int)label));
        }
        return new(logits, labels);
    }

    /// <summary>Fits the temperature of a network's probabilities, and measures it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="fitted">The images on which it is fitted: others than those of the training.</param>
    /// <param name="test">The test images.</param>
    /// <returns>Null if the images do not determine a temperature, such as few images that are all classified right.</returns>
    public static Calibration? Calibrate(Network network, IBatchSource fitted, IBatchSource test)
    {
        var (logits, labels) = FromNetwork(network, fitted);
        if (!logits.All(row => row.All(float.IsFinite)) || CalibrationEquations.Temperature(logits, labels) is not double temperature)
            return null;
        var (testLogits, testLabels) = FromNetwork(network, test);
        return testLogits.All(row => row.All(float.IsFinite))
            ? new Calibration(temperature, Error(1), Error(temperature), labels.Count) : null;

        double Error(double temperature) => CalibrationEquations.ExpectedError(testLogits, testLabels, temperature);
    }
}
