using Pupil.Core;
using Pupil.LibTorch;
using Pupil.Processes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Norms;

/// <summary>
/// A batch-norm in training by the statistics of the whole batch, each process with its share of the images: PyTorch's
/// <c>SyncBatchNorm</c>. Its gradients are those of the loss that is summed over the processes; the gradients of weight and bias are this
/// process's part of them.
/// </summary>
internal static class SynchronizedNorm
{
    private static readonly long[] AllButChannels = [0, 2, 3];

    /// <summary>Normalises, and updates the running statistics.</summary>
    /// <param name="norm">The batch-norm, in training.</param>
    /// <param name="input">N×C×H×W, the share of this process.</param>
    /// <param name="group">The processes, all of which call this.</param>
    public static Tensor Compute(BatchNorm2d norm, Tensor input, IProcessGroup group)
    {
        using var scope = NewDisposeScope();
        Tensor output, mean, variance;
        double count;
        using (no_grad())
        {
            var wide = input.detach().to(ScalarType.Float64);
            var own = wide.mean(AllButChannels);
            var squares = (wide - own.view(1, -1, 1, 1)).Squared().sum(AllButChannels);
            var moments = ChannelMoments.OverProcesses(
                group, input.numel() / input.shape[1], own.cpu().data<double>().ToArray(), squares.cpu().data<double>().ToArray());
            count = moments.Count;
            // One value has no deviation.
            if (count <= 1)
                return Evaluated(norm, input);
            mean = tensor(moments.Means, ScalarType.Float64, input.device);
            var all = tensor(moments.Squares, ScalarType.Float64, input.device);
            Follow(norm.running_mean!, mean, norm.momentum!.Value);
            Follow(norm.running_var!, all.Over(count - 1), norm.momentum.Value);
            (mean, variance) = (mean.to(norm.running_mean!.dtype), all.Over(count).to(norm.running_var!.dtype));
            output = functional.batch_norm(input.detach(), mean, variance, norm.weight, norm.bias, false, 0, norm.eps);
        }
        if (!is_grad_enabled())
            return output.MoveToOuterDisposeScope();
        var function = new Function(group, input.detach().DetachFromDisposeScope(), mean.DetachFromDisposeScope(),
            variance.Plus(norm.eps).rsqrt().DetachFromDisposeScope(), norm.weight!.detach().clone().DetachFromDisposeScope(), count);
        return GraphNode.Attach(function, [input, norm.weight!, norm.bias!], [output])[0].MoveToOuterDisposeScope();
    }

    private static Tensor Evaluated(BatchNorm2d norm, Tensor input)
    {
        using var gradient = enable_grad();
        return functional.batch_norm(input, norm.running_mean, norm.running_var, norm.weight, norm.bias, false, 0, norm.eps)
            .MoveToOuterDisposeScope();
    }

    private static void Follow(Tensor running, Tensor value, double momentum) =>
        running.copy_(running.to(ScalarType.Float64).Times(1 - momentum).Plus(value.Times(momentum)));

    private sealed class Function(IProcessGroup group, Tensor input, Tensor mean, Tensor inverse, Tensor weight, double count)
        : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            using var scope = NewDisposeScope();
            // Of bfloat16 maps too, sums have the precision of the weights.
            var given = (outputGradients[0] ?? zeros_like(input)).to(weight.dtype);
            var normalized = (input - Wide(mean)) * Wide(inverse);
            var ofBias = given.sum(AllButChannels);
            var ofWeight = (given * normalized).sum(AllButChannels);
            double[] sums = [.. Numbers(ofBias), .. Numbers(ofWeight)];
            group.Sum(sums);
            var all = tensor(sums, [2, ofBias.shape[0]], ScalarType.Float64, input.device).Over(count).to(weight.dtype);
            var ofInput = Wide(weight * inverse) * (given - Wide(all.select(0, 0)) - normalized * Wide(all.select(0, 1)));
            return
            [
                ofInput.to(input.dtype).DetachFromDisposeScope(), ofWeight.to(weight.dtype).DetachFromDisposeScope(),
                ofBias.to(weight.dtype).DetachFromDisposeScope(),
            ];
        }

        public void Release()
        {
            foreach (var tensor in new[] { input, mean, inverse, weight })
                tensor.Dispose();
        }

        private static Tensor Wide(Tensor channels) => channels.view(1, -1, 1, 1);

        private static double[] Numbers(Tensor values) => values.to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
