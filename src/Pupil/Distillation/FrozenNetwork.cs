using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>One of Pupil's own networks, frozen.</summary>
internal class FrozenNetwork : INormStatisticsTeacher
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

    // In training mode the statistics move towards those of the batch, which follow from the move.
    public double? DistanceFromTraining(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var norms = _network.modules().OfType<BatchNorm2d>().Where(norm => norm.running_mean is not null).ToList();
        var before = norms.Select(norm => (Mean: norm.running_mean!.clone(), Variance: norm.running_var!.clone())).ToList();
        var random = get_rng_state();
        _network.train();
        try
        {
            _network.call(images);
            double[] distances =
            [
                .. norms.Take(NormDistance.Norms).Select((norm, i) => NormDistance.Of(Batch(before[i].Mean, norm.running_mean!, norm),
                    Batch(before[i].Variance, norm.running_var!, norm), Numbers(before[i].Mean), Numbers(before[i].Variance)))
                    .OfType<double>(),
            ];
            return distances.Length == 0 ? null : distances.Average();
        }
        finally
        {
            _network.eval();
            set_rng_state(random);
            foreach (var (norm, (mean, variance)) in norms.Zip(before))
            {
                norm.running_mean!.copy_(mean);
                norm.running_var!.copy_(variance);
            }
        }

        static double[] Batch(Tensor before, Tensor after, BatchNorm2d norm)
        {
            double momentum = norm.momentum ?? 0.1;
            return [.. Numbers(before).Zip(Numbers(after), (old, moved) => (moved - (1 - momentum) * old) / momentum)];
        }

        static double[] Numbers(Tensor tensor) => tensor.to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    public void Dispose() => _network.Dispose();

    private sealed class FrozenConvolutionalNetwork(ConvolutionalNetwork network)
        : FrozenNetwork(network), IPreActivationTeacher, INormedTeacher
    {
        public IReadOnlyList<BatchNorm2d> StageNorms => network.StageNorms;

        public void ShowPreActivations() => network.ShowsPreActivations = true;
    }
}
