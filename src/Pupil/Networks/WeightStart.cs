using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>Initial weights other than TorchSharp's own.</summary>
internal static class WeightStart
{
    /// <summary>Initialises as the authors' code (its <c>utils.py</c>): see <see cref="Initialization.ReleasedCode"/>.</summary>
    public static void ReleasedCode(Module network)
    {
        foreach (var module in network.modules())
        {
            switch (module)
            {
                case Conv2d convolution:
                    init.kaiming_normal_(convolution.weight, mode: init.FanInOut.FanIn, nonlinearity: init.NonlinearityType.ReLU);
                    if (convolution.bias is not null)
                        init.zeros_(convolution.bias);
                    break;
                case Linear linear:
                    init.kaiming_normal_(linear.weight, mode: init.FanInOut.FanIn, nonlinearity: init.NonlinearityType.ReLU);
                    init.zeros_(linear.bias);
                    break;
                case BatchNorm2d norm:
                    init.uniform_(norm.weight, 0, 1);
                    init.zeros_(norm.bias);
                    break;
            }
        }
    }
}
