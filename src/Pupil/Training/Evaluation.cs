using Pupil.Images.Loading;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>How well a network answers.</summary>
/// <param name="Top1">The share of images whose class has the highest logit, 0…1.</param>
/// <param name="Top5">The share of images whose class is among the five highest (of all, where there are fewer), 0…1.</param>
/// <param name="CrossEntropy">The mean cross-entropy, in nats.</param>
/// <param name="Images">How many images were asked.</param>
public sealed record Accuracy(double Top1, double Top5, double CrossEntropy, int Images)
{
    /// <summary>Where each stage looked, by its name; null where the images have no boxes.</summary>
    public IReadOnlyDictionary<string, StageFocus>? Focus { get; init; }

    /// <summary>Whether all numbers are equal.</summary>
    public bool Equals(Accuracy? other) => other is not null && (Top1, Top5, CrossEntropy, Images) == (other.Top1, other.Top5, other.CrossEntropy, other.Images)
        && (Focus ?? Nowhere).SequenceEqual(other.Focus ?? Nowhere);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Top1, Top5, CrossEntropy, Images);

    private static readonly IReadOnlyDictionary<string, StageFocus> Nowhere = new Dictionary<string, StageFocus>();
}

/// <summary>Measures accuracy.</summary>
public static class Evaluation
{
    /// <summary>Images in one forward pass.</summary>
    public const int BatchSize = 250;

    /// <summary>Asks a network about all images. It is in evaluation mode meanwhile, and then as it was.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batches">Batches for evaluation.</param>
    public static Accuracy Measure(Network network, Batches batches)
    {
        bool wasTraining = network.training;
        network.eval();
        try
        {
            return Measure(network.call, batches);
        }
        finally
        {
            network.train(wasTraining);
        }
    }

    /// <summary>Asks about all images.</summary>
    /// <param name="ask">Answers about N×C×H×W images.</param>
    /// <param name="batches">Batches for evaluation.</param>
    public static Accuracy Measure(Func<Tensor, NetworkOutput> ask, Batches batches)
    {
        using var inference = inference_mode();
        long right = 0, rightOfFive = 0;
        double crossEntropy = 0;
        var focus = new AttentionFocus();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            var answer = ask(batch.Images);
            var logits = answer.Logits;
            focus.Add(batch, answer);
            var ranked = logits.topk((int)Math.Min(5, logits.shape[1]), 1).indexes.eq(batch.Labels.unsqueeze(1));
            right += ranked.select(1, 0).sum().ToInt64();
            rightOfFive += ranked.sum().ToInt64();
            crossEntropy += nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.Sum).ToDouble();
        }
        double images = batches.Images;
        return new Accuracy(right / images, rightOfFive / images, crossEntropy / images, batches.Images) { Focus = focus.Result };
    }
}
