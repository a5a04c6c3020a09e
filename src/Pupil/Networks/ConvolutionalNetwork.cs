using Pupil.Networks.Fused.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// A network with a first convolution, batch-norms, and stages whose pre-activations can be part of the output. Weights lie channels-last
/// in memory, the layout of the fast convolutions.
/// </summary>
public abstract class ConvolutionalNetwork : Network
{
    private const string StemName = "stem";

    private readonly Dictionary<(long Height, long Width), FusedNetwork?> _fused = [];

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

    /// <summary>
    /// Whether libtorch computes the network, module by module, although Pupil's kernels could. Default false, unless the environment
    /// variable <c>PUPIL_KERNELS</c> is <c>libtorch</c>.
    /// </summary>
    internal bool UsesModules { get; set; } = !KernelsAreOn;

    /// <summary>What computes the networks that Pupil's kernels can compute.</summary>
    internal static string Kernels => KernelsAreOn && WindowSums.IsSupported ? $"own, {WindowSums.VectorBits}-bit vectors" : "libtorch";

    private static bool KernelsAreOn => Environment.GetEnvironmentVariable("PUPIL_KERNELS") != "libtorch";

    /// <summary>The blocks of every stage whose convolutions can be shared; empty if only the first convolution can.</summary>
    internal virtual IReadOnlyList<IReadOnlyList<LendingBlock>> LendingBlocks => [];

    /// <summary>N×C×H×W images to logits, stages and embedding.</summary>
    public sealed override NetworkOutput forward(Tensor images) =>
        Fused(images) is { } fused && fused.Takes(images) ? fused.Compute(images) : ByModules(images);

    /// <summary>Computes the network by libtorch, module by module.</summary>
    private protected abstract NetworkOutput ByModules(Tensor images);

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
        _fused.Clear();
        Stem = this.Exchange(StemName, Stem, lender.Stem);
        foreach (var (own, other) in Lending.Blocks(this, lender, sharing))
            own.Borrow(other);
    }

    private FusedNetwork? Fused(Tensor images)
    {
        if (UsesModules || ShowsPreActivations || !ReducedPrecision.SparesOwnKernels || Convolutions.IsListening || images.dim() != 4)
            return null;
        var size = (images.shape[2], images.shape[3]);
        // A frozen network may be evaluated by several threads.
        lock (_fused)
        {
            if (!_fused.TryGetValue(size, out var fused))
                _fused.Add(size, fused = FusedNetwork.Of(this, new ImageShape(Input.Channels, (int)size.Item1, (int)size.Item2)));
            return fused;
        }
    }
}
