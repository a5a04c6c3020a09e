using Pupil.Images;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Training.Computing;
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
    /// <param name="thresholds">See <see cref="LabelSetTable.Accuracy"/>; null with one label an image.</param>
    public static Accuracy Measure(
        Network network, IBatchSource batches, Execution? execution = null, IReadOnlyList<double>? thresholds = null)
    {
        using var evaluating = network.Evaluating();
        var computing = execution ?? SingleProcess.Instance;
        return Measure(images => computing.Forward(network, images), batches, thresholds, computing.Processes);
    }

    /// <summary>Measures a function from images to outputs on all images.</summary>
    /// <param name="forward">Computes the outputs for N×C×H×W images.</param>
    /// <param name="batches">Batches for evaluation, whose images have labels: one each, or several.</param>
    /// <param name="thresholds">See <see cref="LabelSetTable.Accuracy"/>; null with one label an image.</param>
    /// <param name="processes">The processes that share the batches and get the same result; null: this process alone.</param>
    public static Accuracy Measure(Func<Tensor, NetworkOutput> forward, IBatchSource batches, IReadOnlyList<double>? thresholds = null,
        IProcessGroup? processes = null)
    {
        var group = processes ?? OneProcess.Instance;
        using var inference = inference_mode();
        var table = new EvaluationTable();
        var focus = new AttentionFocus();
        for (int step = group.Rank; step < batches.Steps; step += group.Size)
        {
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            var output = forward(batch.Images);
            focus.Add(batch, output);
            table.Add(output.Logits, batch.Target);
        }
        table.Combine(group);
        focus.Combine(group);
        return table.Accuracy(thresholds) with { Focus = focus.Result };
    }
}
