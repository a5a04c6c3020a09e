using Pupil.Core;
using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>
/// The attention-based fusion of ReviewKD (Chen et al. 2021). A 1×1 convolution brings a map to the middle channels. A 1×1 convolution
/// and a sigmoid compute, for each pixel, the shares of this map and of the fused deeper levels. A 3×3 convolution brings their sum to
/// the teacher's channels.
/// </summary>
internal sealed class ReviewFusion : nn.Module
{
    private readonly AdaptingConvolution _entrance, _exit;
    private readonly Conv2d? _attention;

    /// <summary>Initialises the layers from torch's random state.</summary>
    /// <param name="from">Channels of the student's map.</param>
    /// <param name="middle">M, channels of the fused maps.</param>
    /// <param name="to">Channels of the teacher's map.</param>
    /// <param name="fuses">Whether there are deeper levels.</param>
    public ReviewFusion(int from, int middle, int to, bool fuses) : base("fusion")
    {
        register_module("entrance", _entrance = AdaptingConvolution.Square(from, middle, 1));
        register_module("exit", _exit = AdaptingConvolution.Square(middle, to, 3));
        if (fuses)
            register_module("attention", _attention = Conv2d(2 * middle, 2, 1));
    }

    /// <summary>Fuses one level.</summary>
    /// <param name="map">The student's map, N×C×H×W.</param>
    /// <param name="gathered">The fused deeper levels, N×M×h×w; null for the deepest level.</param>
    /// <param name="height">H', the height of the teacher's map.</param>
    /// <param name="width">W', the width of the teacher's map.</param>
    /// <returns>The map that is compared with the teacher's, N×C'×H'×W', and the fused levels so far, N×M×H'×W'.</returns>
    public (Tensor Output, Tensor Gathered) Review(Tensor map, Tensor? gathered, long height, long width)
    {
        using var scope = NewDisposeScope();
        var own = _entrance.call(map);
        if (_attention is not null && gathered is not null)
        {
            var deeper = Resized(gathered, map.shape[2], map.shape[3]);
            var shares = _attention.Convolve(cat([own, deeper], 1)).sigmoid();
            own = own.mul(shares.narrow(1, 0, 1)).Plus(deeper.mul(shares.narrow(1, 1, 1)));
        }
        own = Resized(own, height, width);
        return (_exit.call(own).MoveToOuterDisposeScope(), own.MoveToOuterDisposeScope());
    }

    // The constructor registers the modules under the names that checkpoints contain.
    protected override void RegisterComponents() { }

    private static Tensor Resized(Tensor map, long height, long width) => map.shape[2] == height && map.shape[3] == width
        ? map
        : functional.interpolate(map, [height, width], mode: InterpolationMode.Nearest);
}
