using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>The form of a <see cref="SqueezeExcitation"/>.</summary>
/// <param name="Width">The channels between its two layers.</param>
/// <param name="Inner">The activation between its layers.</param>
/// <param name="Gate">The activation of the factors.</param>
internal sealed record SqueezeForm(int Width, ActivationKind Inner, ActivationKind Gate);

/// <summary>
/// Squeeze-and-excitation (Hu et al. 2018): multiplies every channel by a factor. Two 1×1 convolutions with bias and activations compute
/// the factors from the channels' means.
/// </summary>
internal sealed class SqueezeExcitation : Block
{
    private readonly SqueezeForm _form;
    private readonly Conv2d _reduction, _expansion;

    public SqueezeExcitation(int channels, SqueezeForm form)
    {
        _form = form;
        _reduction = Part("reduction", Conv2d(channels, form.Width, 1));
        _expansion = Part("expansion", Conv2d(form.Width, channels, 1));
    }

    public override string Write(IGraphWriter graph, string input)
    {
        string inner = graph.Activate(graph.Convolve(graph.MeanMap(input), _reduction), _form.Inner);
        return graph.Multiply(input, graph.Activate(graph.Convolve(inner, _expansion), _form.Gate));
    }

    public override BlockOutput forward(Tensor input, bool showsPreActivation)
    {
        using var scope = NewDisposeScope();
        // One pixel per channel: working in place would save nothing.
        var inner = _reduction.Convolve(input.mean([2, 3], keepdim: true)).Activate(_form.Inner, keepsInput: true);
        var factors = _expansion.Convolve(inner).Activate(_form.Gate, keepsInput: true);
        return new BlockOutput(input * factors, null).MoveToOuterDisposeScope();
    }
}
