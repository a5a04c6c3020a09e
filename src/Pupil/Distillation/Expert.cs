using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// A frozen, pre-trained network whose outputs for the run's batches teach the students. If it was trained with another normalisation,
/// the batches are converted to that one first.
/// </summary>
public sealed class Expert : IDisposable
{
    private readonly ITeacher _network;
    private readonly Tensor? _scale;
    private readonly Tensor? _shift;

    /// <summary>Wraps a network as an expert.</summary>
    /// <param name="network">The network, whose outputs are on the run's device; disposed of with the expert.</param>
    /// <param name="own">The normalisation that the network was trained with.</param>
    /// <param name="given">The normalisation of the run's batches.</param>
    public Expert(ITeacher network, Normalization own, Normalization given)
    {
        _network = network;
        if (own.Mean.SequenceEqual(given.Mean) && own.Deviation.SequenceEqual(given.Deviation))
            return;
        _scale = PerChannel(own.Deviation.Zip(given.Deviation, (mine, theirs) => theirs / mine));
        _shift = PerChannel(own.Mean.Select((mean, i) => (given.Mean[i] - mean) / own.Deviation[i]));

        Tensor PerChannel(IEnumerable<double> values) =>
            tensor([.. values.Select(value => (float)value)], [1, own.Mean.Length, 1, 1], device: Device).DetachFromDisposeScope();
    }

    /// <summary>Freezes one of Pupil's own networks.</summary>
    /// <inheritdoc cref="Expert(ITeacher, Normalization, Normalization)"/>
    public Expert(Network network, Normalization own, Normalization given) : this(FrozenNetwork.Freeze(network), own, given) { }

    /// <summary>The network's name in messages.</summary>
    public string Name => _network.Name;

    /// <summary>The device of the outputs.</summary>
    public Device Device => _network.Device;

    /// <summary>Whether the outputs include logits of the data's classes.</summary>
    public bool HasLogits => _network.HasLogits;

    /// <summary>The shape of every stage's map, from the input on.</summary>
    public IReadOnlyList<StageShape> StageShapes => _network.StageShapes;

    /// <summary>D, the width of the embedding.</summary>
    /// <exception cref="UserErrorException">The network has no embedding.</exception>
    public int EmbeddingWidth => _network.EmbeddingWidth;

    /// <summary>The batch-norm of the pre-activation of every stage; empty if the network has none.</summary>
    public IReadOnlyList<BatchNorm2d> StageNorms => (_network as INormedTeacher)?.StageNorms ?? [];

    /// <summary>Makes every output also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    /// <exception cref="UserErrorException">The network's stages do not end in a ReLU.</exception>
    public void ShowPreActivations()
    {
        _network.Require(TeacherParts.PreActivations);
        ((IPreActivationTeacher)_network).ShowPreActivations();
    }

    /// <summary>
    /// Experts with the network's weights of earlier epochs, earliest first, the final weights last. Empty unless the method needs
    /// snapshots.
    /// </summary>
    public IReadOnlyList<Expert> Snapshots { get; init; } = [];

    /// <summary>The view of each batch that the network reads; null: the students' images.</summary>
    internal ImageView? View { get; init; }

    /// <summary>The wrapped network.</summary>
    internal ITeacher Network => _network;

    /// <summary>
    /// Computes the outputs for N×C×H×W images with the run's normalisation, without gradients. Images of another size than the network's
    /// are scaled.
    /// </summary>
    public NetworkOutput Forward(Tensor images)
    {
        using var noGradient = no_grad();
        images = ImageScaling.Fit(images, _network.Input);
        return _network.Forward(_scale is null || _shift is null ? images : (images * _scale).Plus(_shift));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var snapshot in Snapshots)
            snapshot.Dispose();
        _network.Dispose();
        _scale?.Dispose();
        _shift?.Dispose();
    }
}
