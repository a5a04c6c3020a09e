using Pupil.Images;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>The accuracy of a network on a set of images.</summary>
/// <param name="Top1">The share of images whose class has the highest logit, 0…1.</param>
/// <param name="Top5">The share of images whose class is among the five highest logits (of all, if there are fewer), 0…1.</param>
/// <param name="CrossEntropy">The mean cross-entropy, in nats.</param>
/// <param name="Images">The number of images.</param>
public sealed record Accuracy(double Top1, double Top5, double CrossEntropy, int Images)
{
    /// <summary>The attention of each stage on objects, by the stage's name; null if the images have no boxes.</summary>
    public IReadOnlyDictionary<string, StageFocus>? Focus { get; init; }

    /// <summary>Whether all numbers are equal.</summary>
    public bool Equals(Accuracy? other) => other is not null
        && (Top1, Top5, CrossEntropy, Images) == (other.Top1, other.Top5, other.CrossEntropy, other.Images)
        && (Focus ?? Nowhere).SequenceEqual(other.Focus ?? Nowhere);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Top1, Top5, CrossEntropy, Images);

    private static readonly IReadOnlyDictionary<string, StageFocus> Nowhere = new Dictionary<string, StageFocus>();
}

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
            right += ranked.select(1, 0).sum().ToInt64();
            rightOfFive += ranked.sum().ToInt64();
            crossEntropy += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).ToDouble();
        }
        double images = count;
        return new Accuracy(right / images, rightOfFive / images, crossEntropy / images, count) { Focus = focus.Result };
    }
}
