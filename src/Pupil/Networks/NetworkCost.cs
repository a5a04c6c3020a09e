using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>What a network costs.</summary>
/// <param name="Parameters">Trained numbers; batch-norm statistics are not among them.</param>
/// <param name="MultiplyAdds">Multiply-adds of convolutions and classifier for one image of the network's input size.</param>
public sealed record NetworkCost(long Parameters, long MultiplyAdds)
{
    /// <summary>Counts both, by sending one black image through.</summary>
    public static NetworkCost Of(Network network)
    {
        using var scope = NewDisposeScope();
        long multiplyAdds = 0;
        var hooks = new List<nn.Module<Tensor, Tensor>.HookRemover>();
        foreach (var module in network.modules())
        {
            if (module is Conv2d convolution)
            {
                hooks.Add(Watch(convolution, output => Count(convolution, output)));
            }
            else if (module is Linear linear)
            {
                hooks.Add(Watch(linear, _ => linear.weight.numel()));
            }
        }
        using (PointwiseConvolution.Listen((convolution, output) => multiplyAdds += Count(convolution, output)))
            network.AskBlackImage();
        hooks.ForEach(hook => hook.remove());
        return new NetworkCost(network.parameters().Sum(parameter => parameter.numel()), multiplyAdds);

        // Each output pixel of each channel takes (input channels / groups)·kernel height·kernel width of them.
        static long Count(Conv2d convolution, Tensor output) => output.shape[2] * output.shape[3] * convolution.weight.numel();

        nn.Module<Tensor, Tensor>.HookRemover Watch(nn.Module<Tensor, Tensor> module, Func<Tensor, long> count) =>
            module.register_forward_hook((_, _, output) =>
            {
                multiplyAdds += count(output);
                return output;
            });
    }
}
