using Pupil.Networks.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// The door that every convolution of networks and adapters goes through. 1×1 convolutions are computed as the matrix products that they are. The oneDNN 3.7.1
/// within libtorch 2.10 gets them wrong in single precision on channels-last maps (<c>brgconv_1x1</c>, on AVX-512 and AVX2) where a virtual machine hides the
/// size of the processor's first cache: the output of every second number of channels, and some sizes end the process (oneDNN pull request 3453 mends a like
/// one). Its gradients, other kernels and MKL's products were right. All else is computed as libtorch does, once an example has shown that it does so rightly.
/// </summary>
internal static class Convolutions
{
    // A matrix product calls no module, so that no hook of the convolution hears of it.
    [ThreadStatic]
    private static Action<Convolution, Tensor>? _listener;

    /// <summary>Has this thread tell of every convolution that calls no module, with its output, until disposed.</summary>
    public static IDisposable Listen(Action<Convolution, Tensor> listener)
    {
        _listener = listener;
        return new Listening();
    }

    /// <summary>What <paramref name="convolution"/> makes of <paramref name="input"/>.</summary>
    /// <param name="convolution">Any convolution of two dimensions, also a transposed one.</param>
    /// <param name="input">N×C×H×W.</param>
    /// <returns>N×C'×H'×W', channels-last where it went as a matrix product of pixels.</returns>
    public static Tensor Convolve(this Convolution convolution, Tensor input)
    {
        var choice = ConvolutionCheck.Present.Choose(convolution, input);
        if (choice.Way == ConvolutionWay.Library)
            return convolution.call(input);
        using var scope = NewDisposeScope();
        var output = choice.Form.Compute(choice.Way, input, convolution.weight, convolution.bias);
        _listener?.Invoke(convolution, output);
        return output.MoveToOuterDisposeScope();
    }

    private sealed class Listening : IDisposable
    {
        public void Dispose() => _listener = null;
    }
}
