using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A named, weighted part of a loss.</summary>
/// <param name="Name">The term's name in the records, for example <c>path</c>.</param>
/// <param name="Weight">What its value is multiplied by in the loss.</param>
/// <param name="Value">Its value on this batch, a scalar, not yet multiplied.</param>
public sealed record Term(string Name, double Weight, Tensor Value)
{
    /// <summary>Weight × value.</summary>
    public Tensor Weighted() => Value.Times(Weight);
}
