using Pupil.Distillation;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// What differs between one device, a lower precision and many processes: forward passes, sums over processes, and who writes. Methods, networks and
/// records know nothing of it.
/// </summary>
public abstract class Execution : INetworkExecution
{
    /// <inheritdoc/>
    public abstract NetworkOutput Forward(Network network, Tensor images);

    /// <inheritdoc/>
    public abstract NetworkOutput Forward(Expert expert, Tensor images);

    /// <summary>Adds gradients to those on the parameters of the networks.</summary>
    /// <param name="loss">A weighted sum of terms, a scalar.</param>
    public abstract void Backward(Tensor loss);

    /// <summary>Replaces the gradient of every parameter by the mean over all images of the batch, wherever they were computed.</summary>
    /// <param name="parameters">The parameters; those without a gradient are left alone.</param>
    /// <param name="images">Images of the batch that this process computed.</param>
    public abstract void AverageGradients(IEnumerable<Tensor> parameters, int images);

    /// <summary>The mean of numbers over all images of the batch, wherever they were computed.</summary>
    /// <param name="values">Means over the images that this process computed.</param>
    /// <param name="images">How many those are.</param>
    public abstract IReadOnlyList<double> Average(IReadOnlyList<double> values, int images);

    /// <summary>Whether this process writes files.</summary>
    public abstract bool Writes { get; }
}
