using Pupil.Distillation;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>
/// The differences between one device, a lower precision and several processes: forward passes, sums over processes, and which process
/// writes. Methods, networks and records are independent of it.
/// </summary>
internal abstract class Execution : INetworkExecution
{
    /// <inheritdoc/>
    public abstract NetworkOutput Forward(Network network, Tensor images);

    /// <inheritdoc/>
    public abstract NetworkOutput Forward(Expert expert, Tensor images);

    /// <summary>Begins a step, before its first pass.</summary>
    /// <param name="batch">The batch, or this process's share of it.</param>
    /// <returns>Ends the step when disposed; null: nothing to end.</returns>
    public virtual IDisposable? Begin(Batch batch) => null;

    /// <inheritdoc/>
    public virtual NetworkOutput OverWholeBatch(NetworkOutput output, TeacherParts compared) => output;

    /// <summary>Computes gradients and adds them to those of the networks' parameters.</summary>
    /// <param name="loss">A weighted sum of terms, a scalar.</param>
    /// <param name="parameters">
    /// The parameters of the networks whose loss it is; their gradients are likely complete for this step.
    /// </param>
    public abstract void Backward(Tensor loss, IReadOnlyList<Tensor> parameters);

    /// <summary>Replaces the gradient of every parameter by the mean over all images of the batch, over all processes.</summary>
    /// <param name="parameters">All parameters; those without a gradient are unchanged.</param>
    public virtual void AverageGradients(IReadOnlyList<Tensor> parameters)
    {
    }

    /// <summary>Returns the means of numbers over all images of the batch, over all processes.</summary>
    /// <param name="values">Means over the images that this process computed.</param>
    public virtual IReadOnlyList<double> Average(IReadOnlyList<double> values) => values;

    /// <summary>Makes statistics equal in all processes, where each has those of its own images.</summary>
    /// <param name="statistics">Running statistics, and averages that follow them; other tensors are equal already and stay so.</param>
    public virtual void AverageStatistics(IEnumerable<Tensor> statistics)
    {
    }

    /// <summary>The processes that compute the training together.</summary>
    public virtual IProcessGroup Processes => OneProcess.Instance;

    /// <summary>Whether this training changes the weights of a network that is part of it. If not, another training does.</summary>
    /// <param name="network">The network.</param>
    public virtual bool Trains(Network network) => true;

    /// <summary>Returns the optimizer's state for a network whose weights another training changes, for checkpoints.</summary>
    /// <param name="name">The network's name in this training.</param>
    /// <param name="network">The network.</param>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> OptimizerStateOf(string name, Network network) => [];

    /// <summary>The seconds of all work so far that another training did for this one; they count as its own.</summary>
    public virtual double ReusedSeconds => 0;
}
