using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>One of Pupil's own networks, frozen.</summary>
internal class FrozenNetwork : ITeacher
{
    private readonly Network _network;

    private protected FrozenNetwork(Network network)
    {
        _network = network;
        network.Freeze();
    }

    public string Name => _network.Spec.Architecture;

    public ImageShape Input => _network.Input;

    public bool HasLogits => true;

    public IReadOnlyList<StageShape> StageShapes => _network.StageShapes;

    public int EmbeddingWidth => _network.EmbeddingWidth;

    public NetworkOutline Outline => NetworkOutline.OfNetwork(_network);

    public Device Device => _network.Device;

    /// <summary>Freezes a network.</summary>
    /// <param name="network">The network, on the run's device; disposed of with this.</param>
    public static ITeacher Freeze(Network network) =>
        network is ConvolutionalNetwork convolutional ? new FrozenConvolutionalNetwork(convolutional) : new FrozenNetwork(network);

    public NetworkOutput Forward(Tensor images)
    {
        using var noGradient = no_grad();
        return _network.call(images);
    }

    public void Dispose() => _network.Dispose();

    private sealed class FrozenConvolutionalNetwork(ConvolutionalNetwork network)
        : FrozenNetwork(network), IPreActivationTeacher, INormedTeacher
    {
        public IReadOnlyList<BatchNorm2d> StageNorms => network.StageNorms;

        public void ShowPreActivations() => network.ShowsPreActivations = true;
    }
}
