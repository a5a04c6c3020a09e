using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>Computes the forward passes of a training step.</summary>
internal interface INetworkExecution
{
    /// <summary>Computes the outputs of a network that is trained.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">N×C×H×W.</param>
    NetworkOutput Forward(Network network, Tensor images);

    /// <summary>Computes the outputs of a frozen expert, without gradients.</summary>
    /// <param name="expert">The expert.</param>
    /// <param name="images">N×C×H×W, with the run's normalisation, at the expert's view.</param>
    NetworkOutput Forward(Expert expert, Tensor images);
}

/// <summary>
/// The input of a method's lesson: the batch, the moment, and the outputs of networks for the batch. Each network computes them once,
/// even if several methods read them.
/// </summary>
public sealed class StepInput
{
    private readonly INetworkExecution _execution;
    private readonly Dictionary<object, NetworkOutput> _outputs = new(ReferenceEqualityComparer.Instance);

    /// <summary>Creates the input of a step.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="moment">The position in the training.</param>
    /// <param name="execution">Computes the forward passes.</param>
    internal StepInput(Batch batch, Moment moment, INetworkExecution execution) => (Batch, Moment, _execution) = (batch, moment, execution);

    /// <summary>The batch.</summary>
    public Batch Batch { get; }

    /// <summary>The position in the training.</summary>
    public Moment Moment { get; }

    /// <summary>
    /// Returns the outputs of a frozen expert for the batch, without gradients. An expert with an input of its own reads the original
    /// pictures at that size.
    /// </summary>
    public NetworkOutput OutputOf(Expert expert) => Known(expert, () => _execution.Forward(expert, Batch.ImagesAt(expert.View)));

    /// <summary>Returns the outputs of a network that is trained beside the students for the batch, with gradients.</summary>
    public NetworkOutput OutputOf(Network companion) => Known(companion, () => _execution.Forward(companion, Batch.Images));

    private NetworkOutput Known(object network, Func<NetworkOutput> compute)
    {
        if (!_outputs.TryGetValue(network, out var output))
            _outputs.Add(network, output = compute());
        return output;
    }
}
