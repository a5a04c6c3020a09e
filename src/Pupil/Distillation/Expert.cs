using Pupil.Core;
using Pupil.Images.Transforms;
using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// A frozen, pre-trained network that answers about the run's batches. It was trained with a normalisation of its own: what it sees is
/// changed from the run's to that.
/// </summary>
public sealed class Expert : IDisposable
{
    private readonly ITeacher _network;
    private readonly Tensor? _scale;
    private readonly Tensor? _shift;

    /// <summary>Makes a network an expert.</summary>
    /// <param name="network">The network, whose answers are on the run's device; disposed of with the expert.</param>
    /// <param name="own">The normalisation it was trained with.</param>
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

    /// <summary>What it is called in messages.</summary>
    public string Name => _network.Name;

    /// <summary>Where its answers are.</summary>
    public Device Device => _network.Device;

    /// <summary>Whether it gives logits of the classes that are taught.</summary>
    public bool HasLogits => _network.HasLogits;

    /// <summary>The size of every stage's map, from the input on.</summary>
    public IReadOnlyList<StageShape> StageShapes => _network.StageShapes;

    /// <summary>D, the width of its embedding.</summary>
    /// <exception cref="UserErrorException">It gives none.</exception>
    public int EmbeddingWidth => _network.EmbeddingWidth;

    /// <summary>For every stage the batch-norm that describes its pre-activation; empty where the network has none.</summary>
    public IReadOnlyList<BatchNorm2d> StageNorms => (_network as INormedTeacher)?.StageNorms ?? [];

    /// <summary>Makes every output also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    /// <exception cref="UserErrorException">The network's stages do not end in a ReLU.</exception>
    public void ShowPreActivations()
    {
        _network.Require(TeacherParts.PreActivations);
        ((IPreActivationTeacher)_network).ShowPreActivations();
    }

    /// <summary>What it was on the way to what it is: its weights of earlier epochs, earliest first, itself last; empty unless they were asked for.</summary>
    public IReadOnlyList<Expert> Snapshots { get; init; } = [];

    /// <summary>The network it is.</summary>
    internal ITeacher Network => _network;

    /// <summary>Its outputs for N×C×H×W images of the run. No gradient is kept.</summary>
    public NetworkOutput Forward(Tensor images)
    {
        using var noGradient = no_grad();
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
