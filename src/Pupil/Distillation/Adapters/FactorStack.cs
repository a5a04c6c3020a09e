using Pupil.Networks;
using Pupil.Networks.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>
/// Three 3×3 convolutions, each followed by optional batch-norm and a leaky ReLU (slope 0.1): the building block of factor transfer.
/// </summary>
internal sealed class FactorStack : Module<Tensor, Tensor>
{
    private readonly Convolution[] _convolutions;
    private readonly BatchNorm2d[] _norms;

    private FactorStack(string name, Convolution[] convolutions, BatchNorm2d[] norms) : base(name)
    {
        (_convolutions, _norms) = (convolutions, norms);
        register_module("convolutions", ModuleList(convolutions));
        register_module("norms", ModuleList(norms));
    }

    /// <summary>Maps activations to their factor.</summary>
    /// <param name="from">Channels of the activations.</param>
    /// <param name="to">Channels of the factor.</param>
    /// <param name="normalizes">Whether each convolution has a batch-norm.</param>
    public static FactorStack Encoder(int from, int to, bool normalizes) => new("encoder",
        [Conv2d(from, from, 3, padding: 1), Conv2d(from, to, 3, padding: 1), Conv2d(to, to, 3, padding: 1)],
        normalizes ? [BatchNorm2d(from), BatchNorm2d(to), BatchNorm2d(to)] : []);

    /// <summary>Maps a factor back to activations, by transposed convolutions.</summary>
    /// <param name="from">Channels of the factor.</param>
    /// <param name="to">Channels of the activations.</param>
    public static FactorStack Decoder(int from, int to) => new("decoder",
        [ConvTranspose2d(from, from, 3, padding: 1), ConvTranspose2d(from, to, 3, padding: 1), ConvTranspose2d(to, to, 3, padding: 1)], []);

    /// <summary>N×C×H×W to N×C'×H×W.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        using Scalar slope = 0.1;
        var map = input;
        for (int i = 0; i < _convolutions.Length; i++)
        {
            map = _convolutions[i].Convolve(map);
            map = (_norms.Length > 0 ? _norms[i].Normalize(map) : map).leaky_relu_(slope);
        }
        return map.MoveToOuterDisposeScope();
    }

    // The constructor registers the modules under the names that checkpoints contain.
    protected override void RegisterComponents() { }
}
