using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A teacher whose batch-norms remember the statistics of its training images.</summary>
internal interface INormStatisticsTeacher : ITeacher
{
    /// <summary>
    /// Returns how far the inputs of the first batch-norms are from those of the training: the mean over channels of
    /// |μ − μ'|/σ' + |ln(σ/σ')|, with μ' and σ' of the training. Null if there is no batch-norm. The network is not changed.
    /// </summary>
    /// <param name="images">N×C×H×W, of the network's input size, normalised for it.</param>
    double? DistanceFromTraining(Tensor images);
}

/// <summary>The distance of a batch-norm's inputs from those of the training.</summary>
internal static class NormDistance
{
    /// <summary>The number of batch-norms that are compared, from the input on: later ones hardly depend on the normalisation.</summary>
    public const int Norms = 3;

    // Channels that were almost constant in training.
    private const double LeastVariance = 1e-6;

    /// <summary>Returns the mean over channels of |μ − μ'|/σ' + |ln(σ/σ')|; null where all channels were constant.</summary>
    /// <param name="mean">μ of the images, C numbers.</param>
    /// <param name="variance">σ² of the images.</param>
    /// <param name="trained">μ' of the training.</param>
    /// <param name="trainedVariance">σ'² of the training.</param>
    public static double? Of(double[] mean, double[] variance, double[] trained, double[] trainedVariance)
    {
        double[] distances =
        [
            .. Enumerable.Range(0, mean.Length).Where(channel => trainedVariance[channel] > LeastVariance).Select(channel =>
                Math.Abs(mean[channel] - trained[channel]) / Math.Sqrt(trainedVariance[channel])
                + Math.Abs(Math.Log(Math.Max(variance[channel], 1e-12) / trainedVariance[channel])) / 2),
        ];
        return distances.Length == 0 ? null : distances.Average();
    }
}
