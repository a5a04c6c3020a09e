using Pupil.Networks.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// Computes all convolutions of networks and adapters. 1×1 convolutions are computed as matrix products. The oneDNN 3.7.1 in libtorch 2.10
/// computes them wrongly in single precision on channels-last maps (<c>brgconv_1x1</c>, on AVX-512 and AVX2). This occurs if a virtual
/// machine hides the size of the processor's first cache. The output is wrong for every second number of channels, and some sizes end the
/// process (oneDNN pull request 3453 fixes a similar error). Its gradients and MKL's products are right.
/// <para>
/// It also reads memory that was never written where the channels are no multiple of 16, so that results are NaN if it holds one by
/// chance. This occurs in transposed convolutions, and in all others whose input and weights are both not channels-last. So weights are
/// laid out channels-last (<see cref="LayOut"/>), and transposed convolutions are matrix products, as are the few forms where that does
/// not help (<see cref="ConvolutionForm.Ways"/>). All others are computed by libtorch, after an example has shown that its results are
/// right.
/// </para>
/// </summary>
internal static class Convolutions
{
    // A matrix product calls no module, so a hook of the convolution does not run.
    [ThreadStatic]
    private static Action<Convolution, Tensor>? _listener;

    /// <summary>Whether somebody listens to this thread's convolutions.</summary>
    public static bool IsListening => _listener is not null;

    /// <summary>Reports every convolution of this thread that calls no module, with its output, until the result is disposed.</summary>
    public static IDisposable Listen(Action<Convolution, Tensor> listener)
    {
        _listener = listener;
        return new Listening();
    }

    /// <summary>Lays the weights of all convolutions of a module out channels-last. Their values do not change.</summary>
    public static void LayOut(nn.Module module)
    {
        using var noGradient = no_grad();
        foreach (var convolution in module.modules().Append(module).OfType<Conv2d>())
        {
            using var scope = NewDisposeScope();
            var weight = convolution.weight;
            weight.set_(weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        }
    }

    /// <summary>Convolves.</summary>
    /// <param name="convolution">A two-dimensional convolution, also a transposed one.</param>
    /// <param name="input">N×C×H×W.</param>
    /// <returns>N×C'×H'×W', channels-last if it was computed as a matrix product of pixels.</returns>
    public static Tensor Convolve(this Convolution convolution, Tensor input)
    {
        if (ReducedPrecision.IsOn)
            return ConvolveReduced(convolution, input);
        var choice = ConvolutionCheck.Present.Choose(convolution, input);
        if (choice.Way == ConvolutionWay.Library)
            return convolution.call(input);
        using var scope = NewDisposeScope();
        var output = choice.Form.Compute(choice.Way, input, convolution.weight, convolution.bias);
        _listener?.Invoke(convolution, output);
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Convolves with other weights than the module's own, of the same shape.</summary>
    /// <param name="convolution">The form of the convolution.</param>
    /// <param name="input">N×C×H×W.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="bias">C' numbers, or null.</param>
    public static Tensor Convolve(this Convolution convolution, Tensor input, Tensor weight, Tensor? bias)
    {
        var choice = ConvolutionCheck.Present.Choose(convolution, input);
        return choice.Form.Compute(choice.Way, input, weight, bias);
    }

    private static Tensor ConvolveReduced(Convolution convolution, Tensor input)
    {
        using var scope = NewDisposeScope();
        var reduced = input.Reduced();
        var choice = ConvolutionCheck.Present.Choose(convolution, reduced);
        return choice.Form.Compute(choice.Way, reduced, convolution.weight.Reduced(), convolution.bias?.Reduced())
            .MoveToOuterDisposeScope();
    }

    private sealed class Listening : IDisposable
    {
        public void Dispose() => _listener = null;
    }
}
