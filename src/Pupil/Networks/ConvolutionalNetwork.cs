using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// A network with a first convolution, batch-norms, and stages that can show the inputs of their last ReLU. Weights lie channels-last in memory, the
/// layout of the fast convolutions.
/// </summary>
public abstract class ConvolutionalNetwork : Network
{
    private const string StemName = "stem";

    private protected ConvolutionalNetwork(NetworkSpec spec, ImageShape input, int classes, Conv2d stem) : base(spec, input, classes) =>
        register_module(StemName, Stem = stem);

    /// <summary>The first convolution, which scratch teacher and student may have in common.</summary>
    public Conv2d Stem { get; private set; }

    /// <summary>
    /// For every stage the batch-norm whose weight and bias describe its pre-activation, as margins of pre-activations need it
    /// (Heo et al. 2019): the one whose output, perhaps with a shortcut added, goes into the ReLU.
    /// </summary>
    /// <exception cref="UserErrorException">No batch-norm describes all channels of a stage.</exception>
    public abstract IReadOnlyList<BatchNorm2d> StageNorms { get; }

    /// <summary>
    /// Whether every stage of an output also carries its <see cref="Feature.PreActivation"/>. Default false, which costs nothing; true keeps a second
    /// tensor of the stage's size.
    /// </summary>
    public bool ShowsPreActivations { get; set; }

    /// <summary>The blocks of every stage; empty where only the first convolution can be another network's.</summary>
    internal virtual IReadOnlyList<IReadOnlyList<LendingBlock>> LendingBlocks => [];

    /// <summary>
    /// Uses convolutions of another network in place of its own, which are disposed. They are the same modules, with one set of weights: disposing
    /// either network ends both.
    /// </summary>
    /// <exception cref="UserErrorException">The convolutions do not fit; nothing has changed.</exception>
    internal void ShareWith(ConvolutionalNetwork lender, LayerSharing sharing)
    {
        Lending.Check(this, lender, sharing);
        if (sharing == LayerSharing.None)
            return;
        Stem = this.Exchange(StemName, Stem, lender.Stem);
        foreach (var (own, other) in Lending.Blocks(this, lender, sharing))
            own.Borrow(other);
    }

    /// <summary>Sets the starting weights asked for, then lays all convolutions out channels-last. Called once, when everything is registered.</summary>
    private protected void Initialize()
    {
        using var noGradient = no_grad();
        if (Spec.Initialization == Initialization.ReleasedCode)
            WeightStart.ReleasedCode(this);
        foreach (var convolution in modules().OfType<Conv2d>())
        {
            using var scope = NewDisposeScope();
            var weight = convolution.weight;
            weight.set_(weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
        }
    }
}
