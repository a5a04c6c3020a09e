using Pupil.Core;
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
    /// <param name="weight">The share of the images that this process has, by which its loss is weighted.</param>
    /// <returns>The rows of the whole batch in its order, the same in all processes.</returns>
    public static Tensor Of(IProcessGroup group, Tensor own, double weight)
    {
        using var scope = NewDisposeScope();
        Tensor whole;
        long first = 0, all = 0, count = own.shape[0];
        using (no_grad())
        {
            double[] counts = new double[group.Size];
            counts[group.Rank] = count;
            group.Sum(counts);
            (first, all) = ((long)counts.Take(group.Rank).Sum(), (long)counts.Sum());
            // A sum with the zeros of the others: the rows stay as they are.
            var wide = zeros([all, .. own.shape.Skip(1)], own.dtype == ScalarType.Float64 ? own.dtype : ScalarType.Float32);
            wide.narrow(0, first, count).copy_(own.detach());
            group.StartSum(GradientSum.AddressOf(wide), wide.numel(), wide.dtype == ScalarType.Float64).Wait();
            whole = wide.to(own.dtype).to(own.device);
        }
        return own.requires_grad && is_grad_enabled()
            ? GraphNode.Attach(new Function(first, count, weight), [own], [whole])[0].MoveToOuterDisposeScope()
            : whole.MoveToOuterDisposeScope();
    }

    // Every process computes the same loss, and weights it by its share; the weights add up to 1.
    private sealed class Function(long first, long count, double weight) : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            using var scope = NewDisposeScope();
            return [outputGradients[0]?.narrow(0, first, count).Over(weight).DetachFromDisposeScope()];
        }

        public void Release()
        {
        }
    }
}
