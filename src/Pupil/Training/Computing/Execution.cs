using Pupil.Distillation;
using Pupil.Networks;
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

    /// <summary>Computes gradients and adds them to those of the networks' parameters.</summary>
    /// <param name="loss">A weighted sum of terms, a scalar.</param>
    public abstract void Backward(Tensor loss);

    /// <summary>Replaces the gradient of every parameter by the mean over all images of the batch, over all processes.</summary>
    /// <param name="parameters">The parameters; those without a gradient are unchanged.</param>
    /// <param name="images">Images of the batch that this process computed.</param>
    public abstract void AverageGradients(IEnumerable<Tensor> parameters, int images);

    /// <summary>Returns the means of numbers over all images of the batch, over all processes.</summary>
    /// <param name="values">Means over the images that this process computed.</param>
    /// <param name="images">The number of these images.</param>
    public abstract IReadOnlyList<double> Average(IReadOnlyList<double> values, int images);

    /// <summary>Whether this process writes files.</summary>
    public abstract bool Writes { get; }

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
