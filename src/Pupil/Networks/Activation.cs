using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>The activation functions of networks.</summary>
internal enum ActivationKind
{
    /// <summary>x.</summary>
    None,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>min(max(0, x), 6).</summary>
    Relu6,

    /// <summary>x · hard-sigmoid(x) (Howard et al. 2019).</summary>
    HardSwish,

    /// <summary>min(max(0, x/6 + 1/2), 1).</summary>
    HardSigmoid,

    /// <summary>x · sigmoid(x), also called swish.</summary>
    Silu,

    /// <summary>1/(1 + exp(−x)).</summary>
    Sigmoid,

    /// <summary>x · Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel 2016), without approximation.</summary>
    Gelu,
}

/// <summary>Computes activation functions.</summary>
internal static class Activation
{
    /// <summary>
    /// Computes an activation, in place where that is safe: if the input is not needed later, and the backward pass does not read it. The
    /// values are the same.
    /// </summary>
    /// <param name="input">Any shape.</param>
    /// <param name="kind">The function.</param>
    /// <param name="keepsInput">Whether the input is needed later.</param>
    public static Tensor Activate(this Tensor input, ActivationKind kind, bool keepsInput = false)
    {
        // The backward pass of these functions reads the output alone.
        bool readsOutput = kind is ActivationKind.Relu or ActivationKind.Relu6 or ActivationKind.Sigmoid;
        bool isInPlace = !keepsInput && (readsOutput || !is_grad_enabled());
        return kind switch
        {
            ActivationKind.Relu => isInPlace ? input.relu_() : input.relu(),
            ActivationKind.Relu6 => isInPlace ? input.relu6_() : input.relu6(),
            ActivationKind.HardSwish => isInPlace ? input.hardswish_() : input.hardswish(),
            ActivationKind.HardSigmoid => isInPlace ? input.hardsigmoid_() : input.hardsigmoid(),
            ActivationKind.Silu => isInPlace ? input.silu_() : input.silu(),
            ActivationKind.Sigmoid => isInPlace ? input.sigmoid_() : input.sigmoid(),
            ActivationKind.Gelu => isInPlace ? input.gelu_() : input.gelu(),
            _ => input,
        };
    }
}
