using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// Convolutions of many channels pixel by pixel as the matrix product that they are. The oneDNN within libtorch 2.10 gets 1×1 convolutions on channels-last
/// maps wrong (seen on AVX2 and AVX-512): to over 256 channels the output is, by half its size, for most sizes of map and batch; and in some
/// of 256×1024 weights and more it divides by zero, which ends the process (oneDNN pull request 3453 mends a like one). Its matrix products are right.
/// </summary>
internal static class PointwiseConvolution
{
    /// <summary>C' up to which it is right.</summary>
    private const long MostChannels = 256;

    /// <summary>C·C' from which on it was seen to end the process.</summary>
    private const long ManyWeights = 256 * 1024;

    // A matrix product calls no module, so that no hook of the convolution hears of it.
    [ThreadStatic]
    private static Action<Conv2d, Tensor>? _listener;

    /// <summary>Has this thread tell of every convolution that goes as a matrix product, with its output, until disposed.</summary>
    public static IDisposable Listen(Action<Conv2d, Tensor> listener)
    {
        _listener = listener;
        return new Listening();
    }

    /// <summary>What <paramref name="convolution"/> makes of <paramref name="input"/>.</summary>
    /// <param name="convolution">Any convolution.</param>
    /// <param name="input">N×C×H×W.</param>
    /// <returns>N×C'×H'×W', channels-last where it went as a matrix product.</returns>
    public static Tensor Convolve(this Conv2d convolution, Tensor input)
    {
        bool isRight = convolution.out_channels <= MostChannels && convolution.in_channels * convolution.out_channels < ManyWeights;
        if (convolution.kernel_size is not [1, 1] || convolution.groups > 1 || isRight)
            return convolution.call(input);
        using var scope = NewDisposeScope();
        long stride = convolution.stride[0];
        var every = TensorIndex.Slice();
        var kept = TensorIndex.Slice(step: stride);
        var pixels = (stride == 1 ? input : input.index(every, every, kept, kept)).permute(0, 2, 3, 1);
        var output = functional.linear(pixels, convolution.weight.flatten(1), convolution.bias).permute(0, 3, 1, 2);
        _listener?.Invoke(convolution, output);
        return output.MoveToOuterDisposeScope();
    }

    private sealed class Listening : IDisposable
    {
        public void Dispose() => _listener = null;
    }
}
