using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>One of Pupil's own networks, frozen.</summary>
internal sealed class FrozenModule : FrozenNetwork
{
    private readonly Network _network;

    /// <summary>Freezes a network.</summary>
    /// <param name="network">The network, on the run's device; disposed of with this.</param>
    public FrozenModule(Network network)
    {
        _network = network;
        network.Freeze();
    }

    public override string Name => _network.Spec.Architecture;

    public override ImageShape Input => _network.Input;

    public override bool HasLogits => true;

    public override IReadOnlyList<StageShape> StageShapes => _network.StageShapes;

    public override int EmbeddingWidth => _network.EmbeddingWidth;

    public override IReadOnlyList<BatchNorm2d> StageNorms => _network.StageNorms;

    public override NetworkOutline Outline => NetworkOutline.Of(_network);

    public override Device Device => _network.Device;

    public override void ShowPreActivations() => _network.ShowsPreActivations = true;

    public override NetworkOutput Forward(Tensor images)
    {
        using var noGradient = no_grad();
        return _network.call(images);
    }

    public override void Dispose() => _network.Dispose();
}
