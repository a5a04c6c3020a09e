using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>A convolution that keeps height and width (or divides them by its stride, rounding up), batch-norm and an activation.</summary>
internal sealed class ConvolutionUnit : Block
{
    private readonly Conv2d _convolution;
    private readonly BatchNorm2d _norm;
    private readonly ActivationKind _activation;

    public ConvolutionUnit(
        int from, int to, int size, int stride = 1, int groups = 1, bool bias = false, ActivationKind activation = ActivationKind.Relu,
        NormSettings? norm = null)
    {
        _activation = activation;
        _convolution = Part("conv", Conv2d(from, to, size, stride, padding: size / 2, groups: groups, bias: bias));
        _norm = Part("norm", (norm ?? new()).Create(to));
    }

    public override BatchNorm2d LastNorm => _norm;

    /// <summary>A depthwise convolution.</summary>
    public static ConvolutionUnit Depthwise(
        int channels, int stride, int size = 3, ActivationKind activation = ActivationKind.Relu, NormSettings? norm = null) =>
        new(channels, channels, size, stride, groups: channels, activation: activation, norm: norm);

    public override string Write(IGraphWriter graph, string input) =>
        graph.Activate(graph.Convolve(input, _convolution, _norm), _activation);

    public override BlockOutput forward(Tensor input, bool showsPreActivation)
    {
        using var scope = NewDisposeScope();
        var sum = _norm.Normalize(_convolution.Convolve(input));
        bool keepsSum = showsPreActivation && _activation != ActivationKind.None;
        return new BlockOutput(sum.Activate(_activation, keepsSum), keepsSum ? sum : null).MoveToOuterDisposeScope();
    }
}

/// <summary>The maximum of every window of pixels.</summary>
internal sealed class MaxPool(int size, int stride, int padding = 0) : Block
{
    public override BlockOutput forward(Tensor input, bool showsPreActivation) =>
        new(functional.max_pool2d(input, size, stride, padding), null);

    public override string Write(IGraphWriter graph, string input) => graph.MaxPool(input, size, stride, padding);
}
