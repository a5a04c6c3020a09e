using Pupil.Core;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// Convolutions with batch-norms and, except after the last, ReLUs; plus the input; ReLU (He et al. 2016). If sizes change, the input
/// passes a projection (1×1 convolution, batch-norm). Without projection it is subsampled by 2, and missing channels are 0 (option A).
/// A squeeze-and-excitation may precede the last convolution.
/// </summary>
internal sealed class ResidualBlock : LendingBlock
{
    private const string ProjectionName = "shortcut";

    private readonly (Conv2d Convolution, BatchNorm2d Norm)[] _layers;
    private readonly BatchNorm2d? _projectionNorm;
    private readonly SqueezeExcitation? _squeeze;
    private readonly int _addedChannels;
    private readonly double _dropout;
    private Conv2d? _projection;

    private ResidualBlock(
        int from, int to, int stride, Conv2d[] convolutions, bool projects, double dropout, SqueezeForm? squeeze = null)
    {
        (_addedChannels, _dropout) = (to - from, dropout);
        _layers = [.. convolutions.Select((convolution, i) =>
            (Part($"conv{i + 1}", convolution), Part($"norm{i + 1}", BatchNorm2d(convolution.out_channels))))];
        if (squeeze is not null)
            _squeeze = Part("squeeze", new SqueezeExcitation((int)convolutions[^1].in_channels, squeeze));
        if (!projects || (from == to && stride == 1))
            return;
        _projection = Part(ProjectionName, Conv2d(from, to, 1, stride, bias: false));
        _projectionNorm = Part("shortcutNorm", BatchNorm2d(to));
    }

    public override BatchNorm2d LastNorm => _layers[^1].Norm;

    /// <summary>Two 3×3 convolutions.</summary>
    /// <param name="from">C of the input.</param>
    /// <param name="to">C of the output.</param>
    /// <param name="stride">The divisor of height and width, 1 or 2.</param>
    /// <param name="projects">Whether a projection changes sizes.</param>
    /// <param name="dropout">The share of activations dropped between the convolutions.</param>
    public static ResidualBlock Basic(int from, int to, int stride, bool projects, double dropout = 0) =>
        new(from, to, stride, [Convolution(from, to, 3, stride), Convolution(to, to, 3)], projects, dropout);

    /// <summary>1×1 to <paramref name="width"/> channels, 3×3 with the stride, 1×1 to <paramref name="to"/> channels.</summary>
    /// <param name="from">C of the input.</param>
    /// <param name="width">C between.</param>
    /// <param name="to">C of the output.</param>
    /// <param name="stride">The divisor of height and width, 1 or 2.</param>
    /// <param name="groups">The groups of channels of the 3×3 convolution.</param>
    /// <param name="squeeze">The squeeze-and-excitation before the last convolution; null for none.</param>
    public static ResidualBlock Bottleneck(int from, int width, int to, int stride, int groups = 1, SqueezeForm? squeeze = null) =>
        new(from, to, stride, [Convolution(from, width, 1), Convolution(width, width, 3, stride, groups), Convolution(width, to, 1)],
            projects: true, dropout: 0, squeeze);

    /// <summary>Returns every second row and column, with channels of zeros before and after.</summary>
    /// <param name="input">N×C×H×W.</param>
    /// <param name="channelsBefore">The number of channels before.</param>
    /// <param name="channelsAfter">The number of channels after.</param>
    public static Tensor Subsampled(Tensor input, int channelsBefore, int channelsAfter)
    {
        var every = TensorIndex.Slice();
        var second = TensorIndex.Slice(step: 2);
        return functional.pad(input.index(every, every, second, second), [0, 0, 0, 0, channelsBefore, channelsAfter]);
    }

    public override void Borrow(LendingBlock lender)
    {
        var other = (ResidualBlock)lender;
        for (int i = 0; i < _layers.Length; i++)
            _layers[i].Convolution = this.Exchange($"conv{i + 1}", _layers[i].Convolution, other._layers[i].Convolution);
        if (_projection is not null)
            _projection = this.Exchange(ProjectionName, _projection, other._projection!);
    }

    public override BlockOutput forward(Tensor input, bool showsPreActivation)
    {
        using var scope = NewDisposeScope();
        var map = input;
        foreach (var (convolution, norm) in _layers.AsSpan(..^1))
        {
            map = norm.Normalize(convolution.Convolve(map)).Activate(ActivationKind.Relu);
            if (_dropout > 0 && training)
                map = functional.dropout(map, _dropout, training);
        }
        if (_squeeze is not null)
            map = _squeeze.MapOf(map);
        var sum = LastNorm.Normalize(_layers[^1].Convolution.Convolve(map)).PlusInPlace(Shortcut(input));
        var output = sum.Activate(ActivationKind.Relu, showsPreActivation);
        return new BlockOutput(output, showsPreActivation ? sum : null).MoveToOuterDisposeScope();
    }

    public override string Write(IGraphWriter graph, string input)
    {
        string map = input;
        foreach (var (convolution, norm) in _layers.AsSpan(..^1))
            map = graph.Activate(graph.Convolve(map, convolution, norm), ActivationKind.Relu);
        if (_squeeze is not null)
            map = _squeeze.Write(graph, map);
        map = graph.Convolve(map, _layers[^1].Convolution, LastNorm);
        string shortcut = _projection is not null ? graph.Convolve(input, _projection, _projectionNorm)
            : _addedChannels > 0 ? graph.Subsample(input, _addedChannels / 2, _addedChannels - _addedChannels / 2)
            : input;
        return graph.Activate(graph.Add(map, shortcut), ActivationKind.Relu);
    }

    private static Conv2d Convolution(int from, int to, int size, int stride = 1, int groups = 1) =>
        Conv2d(from, to, size, stride, padding: size / 2, groups: groups, bias: false);

    private Tensor Shortcut(Tensor input)
    {
        if (_projection is not null)
            return _projectionNorm!.Normalize(_projection.Convolve(input));
        int before = _addedChannels / 2;
        return _addedChannels == 0 ? input : Subsampled(input, before, _addedChannels - before);
    }
}
