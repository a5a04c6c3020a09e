using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>Computes the forward passes of a training step.</summary>
public interface INetworkExecution
{
    /// <summary>The outputs of a network that is trained.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">N×C×H×W.</param>
    NetworkOutput Forward(Network network, Tensor images);

    /// <summary>The outputs of a frozen expert, without gradients.</summary>
    /// <param name="expert">The expert.</param>
    /// <param name="images">N×C×H×W, normalised as the run's are.</param>
    NetworkOutput Forward(Expert expert, Tensor images);
}

/// <summary>
/// What a method computes its lesson from: the batch, the moment, and the outputs of networks for the batch, each computed once however many methods
/// read it.
/// </summary>
/// <param name="batch">The batch.</param>
/// <param name="moment">The place in the training.</param>
/// <param name="execution">What computes the forward passes.</param>
public sealed class StepInput(Batch batch, Moment moment, INetworkExecution execution)
{
    private readonly Dictionary<object, NetworkOutput> _outputs = new(ReferenceEqualityComparer.Instance);

    /// <summary>The batch.</summary>
    public Batch Batch { get; } = batch;

    /// <summary>The place in the training.</summary>
    public Moment Moment { get; } = moment;

    /// <summary>The outputs of a frozen expert for the batch. They carry no gradient.</summary>
    public NetworkOutput OutputOf(Expert expert) => Known(expert, () => execution.Forward(expert, Batch.Images));

    /// <summary>The outputs of a network that is trained beside the students, with gradients.</summary>
    public NetworkOutput OutputOf(Network companion) => Known(companion, () => execution.Forward(companion, Batch.Images));

    private NetworkOutput Known(object network, Func<NetworkOutput> compute)
    {
        if (!_outputs.TryGetValue(network, out var output))
            _outputs.Add(network, output = compute());
        return output;
    }
}
