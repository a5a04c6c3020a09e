using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>A convolution that keeps height and width (or divides them by its stride, rounding up), batch-norm and optional ReLU.</summary>
internal sealed class ConvolutionUnit : Block
{
    private readonly Conv2d _convolution;
    private readonly BatchNorm2d _norm;
    private readonly bool _linear;

    public ConvolutionUnit(int from, int to, int size, int stride = 1, int groups = 1, bool bias = false, bool linear = false)
    {
        _linear = linear;
        _convolution = Part("conv", Conv2d(from, to, size, stride, padding: size / 2, groups: groups, bias: bias));
        _norm = Part("norm", BatchNorm2d(to));
    }

    public override BatchNorm2d LastNorm => _norm;

    /// <summary>A depthwise 3×3 convolution.</summary>
    public static ConvolutionUnit Depthwise(int channels, int stride, bool linear = false) =>
        new(channels, channels, 3, stride, groups: channels, linear: linear);

    public override string Write(IGraphWriter graph, string input)
    {
        string map = graph.Convolve(input, _convolution, _norm);
        return _linear ? map : graph.Relu(map);
    }

    public override BlockOutput forward(Tensor input, bool showsPreActivation)
    {
        using var scope = NewDisposeScope();
        var sum = _norm.Normalize(_convolution.Convolve(input));
        var output = _linear ? new BlockOutput(sum, null) : new BlockOutput(sum.Relu(showsPreActivation), showsPreActivation ? sum : null);
        return output.MoveToOuterDisposeScope();
    }
}

/// <summary>The maximum of every window of pixels.</summary>
internal sealed class MaxPool(int size, int stride, int padding = 0) : Block
{
    public override BlockOutput forward(Tensor input, bool showsPreActivation) =>
        new(functional.max_pool2d(input, size, stride, padding), null);

    public override string Write(IGraphWriter graph, string input) => graph.MaxPool(input, size, stride, padding);
}
