using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// Computes <c>BatchNorm2d</c> without its count of batches, which Pupil never reads. TorchSharp 0.107 increments that count by a number
/// that the garbage collector may free while libtorch still reads it ("Unknown scalar type"). This is rare, but a long training
/// takes that risk millions of times.
/// </summary>
internal static class BatchNormalization
{
    /// <summary>
    /// Normalises N×C×H×W by the batch's statistics in training, and updates the running statistics. In evaluation it uses the running
    /// statistics, also in training if a channel has only one value (one image, a map of 1×1), which has no deviation.
    /// </summary>
    public static Tensor Normalize(this BatchNorm2d norm, Tensor input) => functional.batch_norm(
        input, norm.running_mean, norm.running_var, norm.weight, norm.bias,
        norm.training && input.numel() > input.shape[1], norm.momentum!.Value, norm.eps);
}

/// <summary>The constants of a family's batch-norms.</summary>
/// <param name="Epsilon">Added to the variance. Default 1e-5, as in PyTorch.</param>
/// <param name="Momentum">The weight of a batch's statistics in the running ones. Default 0.1, as in PyTorch.</param>
internal sealed record NormSettings(double Epsilon = 1e-5, double Momentum = 0.1)
{
    /// <summary>Creates a batch-norm.</summary>
    /// <param name="channels">C.</param>
    public BatchNorm2d Create(int channels) => BatchNorm2d(channels, Epsilon, Momentum);
}
