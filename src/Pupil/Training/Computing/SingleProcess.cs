using System.Runtime.InteropServices;
using Pupil.Distillation;
using Pupil.LibTorch;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>One process computes everything, in the precision of the weights.</summary>
internal sealed class SingleProcess : Execution
{
    /// <summary>The one instance; it has no state.</summary>
    public static SingleProcess Instance { get; } = new();

    private SingleProcess()
    {
    }

    /// <inheritdoc/>
    public override bool Writes => true;

    /// <inheritdoc/>
    public override NetworkOutput Forward(Network network, Tensor images) => network.call(images);

    /// <inheritdoc/>
    public override NetworkOutput Forward(Expert expert, Tensor images) => expert.Forward(images);

    /// <inheritdoc/>
    public override void Backward(Tensor loss)
    {
        try
        {
            loss.backward();
        }
        catch (ExternalException)
        {
            GraphNode.TakeError()?.Throw();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void AverageGradients(IEnumerable<Tensor> parameters, int images)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Average(IReadOnlyList<double> values, int images) => values;
}
