using Pupil.Images;
using Pupil.Inference;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>The comparison of a network with its model, which ONNX Runtime computes, on the same images.</summary>
/// <param name="Difference">The largest absolute difference of a logit.</param>
/// <param name="LargestLogit">The largest absolute logit of the network.</param>
/// <param name="Agreement">
/// The share of images with the same class from both, 0…1; with several labels a picture, with the same classes.
/// </param>
/// <param name="Images">The number of images.</param>
/// <param name="NetworkScore">The <see cref="Accuracy.Score"/> of the network, 0…1.</param>
/// <param name="ModelScore">The score of the model, 0…1.</param>
/// <param name="ScoreName">The name of the scores.</param>
internal sealed record ModelComparison(
    double Difference, double LargestLogit, double Agreement, int Images, double NetworkScore, double ModelScore, string ScoreName)
{
    /// <summary>Compares both.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="card">The description of its student file.</param>
    /// <param name="model">The ONNX model, whose output is logits.</param>
    /// <param name="batches">The images, each as the input of both.</param>
    public static ModelComparison Of(Network network, StudentCard card, byte[] model, IEnumerable<ModelBatch> batches)
    {
        using var session = OnnxSession.Open(model);
        using var noGradient = no_grad();
        double difference = 0, largest = 0;
        long images = 0, agreeing = 0;
        var (own, other) = (new EvaluationTable(), new EvaluationTable());
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var expected = network.call(batch.Prepared.Images).Logits;
            using var results = session.Run([batch.Input]);
            var found = tensor(results[0].AsTensor<float>().ToArray(), expected.shape);
            largest = Math.Max(largest, expected.abs().max().ToDouble());
            difference = Math.Max(difference, (expected - found).abs().max().ToDouble());
            images += batch.Prepared.Count;
            agreeing += Agreeing(expected, found);
            own.Add(expected, batch.Prepared.Target);
            other.Add(found, batch.Prepared.Target);
        }
        Accuracy of = own.Accuracy(card.Thresholds), ofModel = other.Accuracy(card.Thresholds);
        return new(difference, largest, (double)agreeing / images, (int)images, of.Score, ofModel.Score, of.ScoreName);

        long Agreeing(Tensor expected, Tensor found) => card.Labelling == Labelling.One
            ? expected.argmax(1).eq(found.argmax(1)).sum().ToInt64()
            : LabelSetTable.Present(expected, card.Thresholds).eq(LabelSetTable.Present(found, card.Thresholds)).all(1).sum().ToInt64();
    }
}
