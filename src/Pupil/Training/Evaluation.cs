using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Measures accuracy.</summary>
internal static class Evaluation
{
    /// <summary>Images in one forward pass.</summary>
    public const int BatchSize = 250;

    /// <summary>Measures a network on all images, in evaluation mode; its previous mode is then restored.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batches">Batches for evaluation.</param>
    /// <param name="execution">Computes the forward passes; null: this process alone.</param>
    public static Accuracy Measure(Network network, IBatchSource batches, Execution? execution = null)
    {
        using var evaluating = network.Evaluating();
        return Measure(images => (execution ?? SingleProcess.Instance).Forward(network, images), batches);
    }

    /// <summary>Measures a function from images to outputs on all images.</summary>
    /// <param name="forward">Computes the outputs for N×C×H×W images.</param>
    /// <param name="batches">Batches for evaluation, whose images have one label each.</param>
    public static Accuracy Measure(Func<Tensor, NetworkOutput> forward, IBatchSource batches)
    {
        using var inference = inference_mode();
        long right = 0, rightOfFive = 0;
        int count = 0;
        int[] rightOf = [], imagesOf = [];
        double crossEntropy = 0;
        var focus = new AttentionFocus();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            var output = forward(batch.Images);
            var (logits, labels) = (output.Logits, batch.Target.RequiredLabels);
            focus.Add(batch, output);
            count += batch.Count;
            var ranked = logits.topk((int)Math.Min(5, logits.shape[1]), 1).indexes.eq(labels.unsqueeze(1));
            Array.Resize(ref rightOf, (int)logits.shape[1]);
            Array.Resize(ref imagesOf, (int)logits.shape[1]);
            foreach (var (label, isRight) in labels.cpu().data<long>().Zip(ranked.select(1, 0).cpu().contiguous().data<bool>()))
            {
                imagesOf[label]++;
                rightOf[label] += isRight ? 1 : 0;
                right += isRight ? 1 : 0;
            }
            // Not through a native scalar (ToDouble), which the collector may free while it is read.
            rightOfFive += ranked.sum().cpu().data<long>()[0];
            var sum = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
            crossEntropy += sum.to_type(ScalarType.Float64).cpu().data<double>()[0];
        }
        double images = count;
        ClassAccuracy[] classes = [.. rightOf.Zip(imagesOf, (classRight, classImages) => new ClassAccuracy(classRight, classImages))];
        return new Accuracy(right / images, rightOfFive / images, crossEntropy / images, count)
        {
            Balanced = classes.Average(each => each.Share),
            Classes = classes,
            Focus = focus.Result,
        };
    }
}
