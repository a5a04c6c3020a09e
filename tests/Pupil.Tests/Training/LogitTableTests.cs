using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Tests.Interop.Onnx;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class LogitTableTests
{
    [Fact]
    public void Logits_are_those_of_the_network_and_calibrated_on_one_set_for_another()
    {
        using var network = OnnxModelTests.OddNetwork("resnet-8", 8);
        network.train();
        var (fitted, test) = (Noise(50, 1), Noise(30, 2));
        var table = LogitTable.FromNetwork(network, Batches(fitted, 20));
        Assert.True(network.training);
        Assert.Equal(fitted.Labels, table.Labels);
        network.eval();
        using (var batch = Batches(fitted, 50).Get(1, 0))
        using (no_grad())
        {
            float[] expected = [.. network.call(batch.Images).Logits.data<float>()];
            Assert.Equal(50, table.Logits.Count);
            // Sums of batches of other sizes may be rounded differently.
            Assert.All(expected.Zip(table.Logits.SelectMany(row => row)), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }
        // Two of three labels are what the network says, so that there is a temperature.
        int[] labels = [.. table.Logits.Select((row, i) => i % 3 == 0 ? i % row.Length : Array.IndexOf(row, row.Max()))];
        var labelled = fitted.WithClasses(fitted.Classes, ImageLabels.OfOne(labels));
        var found = LogitTable.Calibrate(network, Batches(labelled, 20), Batches(test, 30))!;
        var other = LogitTable.FromNetwork(network, Batches(test, 30));
        Assert.Equal(CalibrationEquations.Temperature(table.Logits, labels)!.Value, found.Temperature, 1e-6);
        Assert.Equal(CalibrationEquations.ExpectedError(other.Logits, other.Labels, 1), found.ErrorBefore, 1e-9);
        Assert.Equal(CalibrationEquations.ExpectedError(other.Logits, other.Labels, found.Temperature), found.ErrorAfter, 1e-9);
        Assert.Equal((50, true), (found.Images, found.IsValid));
    }

    private static Batches Batches(ImageSet images, int size)
    {
        var normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };
        return Pupil.Images.Loading.Batches.ForEvaluation(ImageSubset.All(images), size, normalization, CPU);
    }

    private static ImageSet Noise(int count, int seed)
    {
        byte[] pixels = new byte[count * 8 * 8 * 3];
        new Random(seed).NextBytes(pixels);
        return new ImageSet("noise", pixels, [.. Enumerable.Range(0, count).Select(i => i % 3)], ["a", "b", "c"], 8, 8, 3);
    }
}
