using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// What <c>BatchNorm2d</c> does, without its count of batches, which nothing here reads. TorchSharp 0.107 raises that count by a number that
/// the garbage collector may take away while libtorch still reads it ("Unknown scalar type"): rare, but a long training takes that risk
/// millions of times.
/// </summary>
internal static class BatchNormalization
{
    private const double Momentum = 0.1, Epsilon = 1e-5;

    /// <summary>
    /// Normalises N×C×H×W by the batch's statistics while training, and updates the running ones; by the running ones else, and where a channel has
    /// but one value (one image, a map of 1×1), which has no deviation.
    /// </summary>
    public static Tensor Normalize(this BatchNorm2d norm, Tensor input) => functional.batch_norm(
        input, norm.running_mean, norm.running_var, norm.weight, norm.bias, norm.training && input.numel() > input.shape[1], Momentum, Epsilon);
}
