using TorchSharp.Modules;

namespace Pupil.Networks;

/// <summary>
/// A network with a first convolution, batch-norms, and stages whose pre-activations can be part of the output. Weights lie channels-last
/// in memory, the layout of the fast convolutions.
/// </summary>
public abstract class ConvolutionalNetwork : Network
{
    private const string StemName = "stem";

    private protected ConvolutionalNetwork(NetworkSpec spec, ImageShape input, int classes, Conv2d stem) : base(spec, input, classes) =>
        register_module(StemName, Stem = stem);

    /// <summary>The first convolution, which scratch teacher and student can share.</summary>
    public Conv2d Stem { get; private set; }

    /// <summary>
    /// The batch-norm of every stage whose weight and bias are deviation and mean of its pre-activation, for margins (Heo et al. 2019). Its
    /// output, perhaps plus a shortcut, is the input of the ReLU.
    /// </summary>
    /// <exception cref="UserErrorException">No batch-norm covers all channels of a stage.</exception>
    public abstract IReadOnlyList<BatchNorm2d> StageNorms { get; }

    /// <summary>
    /// Whether every stage of an output also carries its <see cref="Feature.PreActivation"/>. Default false; true keeps a second tensor of
    /// the stage's size.
    /// </summary>
    public bool ShowsPreActivations { get; set; }

    /// <summary>The blocks of every stage whose convolutions can be shared; empty if only the first convolution can.</summary>
    internal virtual IReadOnlyList<IReadOnlyList<LendingBlock>> LendingBlocks => [];

    /// <summary>
    /// Uses convolutions of another network in place of its own, which are disposed of. They are the same modules, with one set of weights:
    /// disposing either network disposes of them.
    /// </summary>
    /// <exception cref="UserErrorException">The convolutions do not fit; the network is unchanged.</exception>
    internal void ShareWith(ConvolutionalNetwork lender, LayerSharing sharing)
    {
        Lending.Check(this, lender, sharing);
        if (sharing == LayerSharing.None)
            return;
        Stem = this.Exchange(StemName, Stem, lender.Stem);
        foreach (var (own, other) in Lending.Blocks(this, lender, sharing))
            own.Borrow(other);
    }
}
