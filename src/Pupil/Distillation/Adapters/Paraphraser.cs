using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>
/// The autoencoder of factor transfer (Kim, Park, Kwak 2018). As in the authors' and RepDistiller's code it has no batch-norm, so it
/// computes the same in training and evaluation.
/// </summary>
internal sealed class Paraphraser : Module<Tensor, Tensor>
{
    private readonly FactorStack _encoder, _decoder;

    /// <summary>Initialises the autoencoder from torch's random state.</summary>
    /// <param name="channels">C, channels of the teacher's map.</param>
    /// <param name="factors">C', channels of the factor.</param>
    public Paraphraser(int channels, int factors) : base("paraphraser")
    {
        register_module("encoder", _encoder = FactorStack.Encoder(channels, factors, normalizes: false));
        register_module("decoder", _decoder = FactorStack.Decoder(factors, channels));
    }

    /// <summary>Computes the factor of a map: N×C×H×W to N×C'×H×W.</summary>
    public Tensor Factor(Tensor map) => _encoder.call(map);

    /// <summary>Reconstructs a map from its factor: N×C×H×W to N×C×H×W.</summary>
    public override Tensor forward(Tensor input)
    {
        using var factor = Factor(input);
        return _decoder.call(factor);
    }

    // The constructor registers the modules under the names that checkpoints contain.
    protected override void RegisterComponents() { }
}
