using Pupil.Core;
using Pupil.Images;
using Pupil.LibTorch;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>The rows of all processes, with the gradient of a loss that every process computes from them.</summary>
internal static class GatheredRows
{
    /// <summary>Collects rows.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="own">The rows of this process, N×…</param>
    /// <param name="batch">The whole batch.</param>
    /// <param name="weight">The share of the images that this process has, by which its loss is weighted.</param>
    /// <returns>The rows of the whole batch in its order, the same in all processes.</returns>
    public static Tensor Of(IProcessGroup group, Tensor own, WholeBatch batch, double weight)
    {
        using var scope = NewDisposeScope();
        Tensor whole;
        using (no_grad())
        {
            // A sum with the zeros of the others: the rows stay as they are.
            var wide = zeros([batch.Indices.Count, .. own.shape.Skip(1)],
                own.dtype == ScalarType.Float64 ? own.dtype : ScalarType.Float32);
            int from = 0;
            foreach (var place in batch.Places)
            {
                wide.narrow(0, place.First, place.Count).copy_(own.detach().narrow(0, from, place.Count));
                from += place.Count;
            }
            group.StartSum(wide.Numbers()).Wait();
            whole = wide.to(own.dtype).to(own.device);
        }
        return own.requires_grad && is_grad_enabled()
            ? GraphNode.Attach(new Function(batch.Places, weight), [own], [whole])[0].MoveToOuterDisposeScope()
            : whole.MoveToOuterDisposeScope();
    }

    // Every process computes the same loss, and weights it by its share; the weights add up to 1.
    private sealed class Function(IReadOnlyList<BatchPlace> places, double weight) : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            using var scope = NewDisposeScope();
            return outputGradients[0] is not { } given ? [null]
                : [cat([.. places.Select(place => given.narrow(0, place.First, place.Count))]).Over(weight).DetachFromDisposeScope()];
        }

        public void Release()
        {
        }
    }
}
