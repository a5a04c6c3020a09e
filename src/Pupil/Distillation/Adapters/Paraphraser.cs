using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>
/// The autoencoder of factor transfer (Kim, Park, Kwak 2018), without batch-norm as in its authors' and RepDistiller's codes: it behaves
/// alike in training and evaluation.
/// </summary>
internal sealed class Paraphraser : Module<Tensor, Tensor>
{
    private readonly FactorStack _encoder, _decoder;

    /// <summary>Starting weights come from torch's random state.</summary>
    /// <param name="channels">C of the teacher's map.</param>
    /// <param name="factors">Channels of the factor.</param>
    public Paraphraser(int channels, int factors) : base("paraphraser")
    {
        register_module("encoder", _encoder = FactorStack.Encoder(channels, factors, normalizes: false));
        register_module("decoder", _decoder = FactorStack.Decoder(factors, channels));
    }

    /// <summary>The factor of a map: N×C×H×W to N×C'×H×W.</summary>
    public Tensor Factor(Tensor map) => _encoder.call(map);

    /// <summary>A map as its factor remembers it: N×C×H×W to the same.</summary>
    public override Tensor forward(Tensor input)
    {
        using var factor = Factor(input);
        return _decoder.call(factor);
    }

    // Registered above, under the names that checkpoints keep.
    protected override void RegisterComponents() { }
}
