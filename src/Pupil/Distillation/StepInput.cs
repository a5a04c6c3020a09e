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

    /// <summary>
    /// Returns the outputs of the whole batch, with gradients, where this process computes a share of it: logits, embedding, and the
    /// stages if they are compared.
    /// </summary>
    /// <param name="output">The outputs of the share.</param>
    /// <param name="compared">See <see cref="MethodOptions.ComparesImagesBy"/>.</param>
    NetworkOutput OverWholeBatch(NetworkOutput output, TeacherParts compared) => output;
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

    private StepInput(StepInput share, TeacherParts compared) =>
        (Batch, Moment, _execution) = (share.Batch.AsWhole(), share.Moment, new WholeExecution(share, compared));

    /// <summary>Whether the process computes a share of the batch.</summary>
    internal bool IsShare => Batch.Whole is not null;

    /// <summary>Returns the input for a method that compares images: the whole batch.</summary>
    /// <param name="compared">See <see cref="MethodOptions.ComparesImagesBy"/>.</param>
    internal StepInput OverWholeBatch(TeacherParts compared) => new(this, compared);

    /// <summary>Returns outputs of the whole batch; see <see cref="INetworkExecution.OverWholeBatch"/>.</summary>
    internal NetworkOutput OverWholeBatch(NetworkOutput output, TeacherParts compared) => _execution.OverWholeBatch(output, compared);

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

    // The networks compute a share once, whatever is made of it.
    private sealed class WholeExecution(StepInput share, TeacherParts compared) : INetworkExecution
    {
        public NetworkOutput Forward(Network network, Tensor images) => share.OverWholeBatch(share.OutputOf(network), compared);

        public NetworkOutput Forward(Expert expert, Tensor images) => share.OverWholeBatch(share.OutputOf(expert), compared);
    }

    private NetworkOutput Known(object network, Func<NetworkOutput> compute)
    {
        if (!_outputs.TryGetValue(network, out var output))
            _outputs.Add(network, output = compute());
        return output;
    }
}
