using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;

namespace Pupil.Training.Computing;

/// <summary>The precision in which the networks of a training step are computed.</summary>
public enum Precision
{
    /// <summary>Single precision.</summary>
    [Description("single precision")]
    [SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The name in recipes, and in PyTorch.")]
    Float32,

    /// <summary>
    /// Convolutions and linear layers in bfloat16. Weights, optimizer, statistics of batch-norms, losses and evaluations have single
    /// precision.
    /// </summary>
    [Description("convolutions and linear layers in bfloat16; weights, optimizer, batch-norm statistics, losses and evaluations in single "
        + "precision")]
    Bfloat16,

    /// <summary>
    /// bfloat16 on a GPU and on processors with AMX; on processors with AVX512-BF16, for networks that Pupil's own kernels do not compute.
    /// Single precision otherwise.
    /// </summary>
    [Description("bfloat16 on a GPU and on processors with AMX; on processors with AVX512-BF16, for networks without kernels of Pupil's; "
        + "otherwise float32")]
    Auto,
}
