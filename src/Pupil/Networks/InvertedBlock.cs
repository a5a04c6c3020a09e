using Pupil.Core;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>The form of an <see cref="InvertedBlock"/>.</summary>
/// <param name="From">C of the input.</param>
/// <param name="Wide">C between.</param>
/// <param name="To">C of the output.</param>
/// <param name="Size">Height and width of the depthwise kernel.</param>
/// <param name="Stride">The divisor of height and width, 1 or 2.</param>
internal sealed record InvertedForm(int From, int Wide, int To, int Size, int Stride)
{
    /// <summary>Whether a 1×1 convolution comes first. Default: if it changes the channels.</summary>
    public bool Expands { get; init; } = From != Wide;

    /// <summary>The activation of all convolutions but the last. Default ReLU.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>The squeeze-and-excitation before the last convolution; null for none.</summary>
    public SqueezeForm? Squeeze { get; init; }

    /// <summary>The constants of the batch-norms.</summary>
    public NormSettings Norm { get; init; } = new();
}

/// <summary>
/// The inverted residual block (Sandler et al. 2018): 1×1 to more channels, depthwise convolution, perhaps squeeze-and-excitation, 1×1
/// without activation; plus the input if the sizes are equal.
/// </summary>
internal sealed class InvertedBlock : Block
{
    private readonly Block[] _parts;
    private readonly ConvolutionUnit _projection;
    private readonly bool _addsInput;

    public InvertedBlock(InvertedForm form)
    {
        _addsInput = form.From == form.To && form.Stride == 1;
        var (activation, norm) = (form.Activation, form.Norm);
        var parts = new List<Block>();
        if (form.Expands)
            parts.Add(Part("expansion", new ConvolutionUnit(form.From, form.Wide, 1, activation: activation, norm: norm)));
        parts.Add(Part("depthwise", ConvolutionUnit.Depthwise(form.Wide, form.Stride, form.Size, activation, norm)));
        if (form.Squeeze is not null)
            parts.Add(Part("squeeze", new SqueezeExcitation(form.Wide, form.Squeeze)));
        _projection = Part("projection", new ConvolutionUnit(form.Wide, form.To, 1, activation: ActivationKind.None, norm: norm));
        _parts = [.. parts, _projection];
    }

    public override BatchNorm2d LastNorm => _projection.LastNorm;

    public override string Write(IGraphWriter graph, string input)
    {
        string map = _parts.Aggregate(input, (made, part) => part.Write(graph, made));
        return _addsInput ? graph.Add(map, input) : map;
    }

    public override BlockOutput forward(Tensor input, bool showsPreActivation)
    {
        using var scope = NewDisposeScope();
        var map = input;
        foreach (var part in _parts)
            map = part.MapOf(map);
        return new BlockOutput(_addsInput ? map.PlusInPlace(input) : map, null).MoveToOuterDisposeScope();
    }
}
