using Pupil.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Norms;

/// <summary>
/// Computes <c>BatchNorm2d</c> without its count of batches, which Pupil never reads. TorchSharp 0.107 increments that count by a number
/// that the garbage collector may free while libtorch still reads it ("Unknown scalar type"). This is rare, but a long training
/// takes that risk millions of times.
/// </summary>
internal static class BatchNormalization
{
    /// <summary>
    /// Normalises N×C×H×W by the batch's statistics in training, over all processes while <see cref="SharedStatistics"/> has a group, and
    /// updates the running statistics. In evaluation it uses the running statistics, also in training if a channel has only one value (one
    /// image, a map of 1×1), which has no deviation.
    /// </summary>
    public static Tensor Normalize(this BatchNorm2d norm, Tensor input) => norm.training && SharedStatistics.Group is { } group
        ? SynchronizedNorm.Compute(norm, input, group)
        : functional.batch_norm(input, norm.running_mean, norm.running_var, norm.weight, norm.bias,
            norm.training && input.numel() > input.shape[1], norm.momentum!.Value, norm.eps);

    /// <summary>Returns the line x·scale + shift that a batch-norm computes in evaluation: C numbers each, float64.</summary>
    public static (Tensor Scale, Tensor Shift) Line(this BatchNorm2d norm)
    {
        var scale = norm.weight!.to(ScalarType.Float64) / norm.running_var!.to(ScalarType.Float64).Plus(norm.eps).sqrt();
        return (scale, norm.bias!.to(ScalarType.Float64) - norm.running_mean!.to(ScalarType.Float64) * scale);
    }

    /// <summary>Returns weight and bias, float64, of one convolution that computes a convolution and its batch-norm.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">The batch-norm of its output; null for none.</param>
    public static (Tensor Weight, Tensor? Bias) FoldedWith(this Conv2d convolution, BatchNorm2d? norm)
    {
        var weight = convolution.weight.to(ScalarType.Float64);
        var bias = convolution.bias?.to(ScalarType.Float64);
        if (norm is null)
            return (weight, bias);
        var (scale, shift) = norm.Line();
        return (weight * scale.view(-1, 1, 1, 1), bias is null ? shift : (bias * scale).Plus(shift));
    }
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
