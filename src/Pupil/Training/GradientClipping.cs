using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Scales down gradients whose L2 norm is too large, as PyTorch's <c>clip_grad_norm_</c>: g ← g·min(1, maximum/(‖g‖ + 10⁻⁶)).
/// The norm is that of one network with its adapters, so that a student's training does not depend on other students.
/// </summary>
internal sealed class GradientClipping
{
    private readonly double _maximum;
    private readonly Tensor[][] _groups;

    /// <summary>Prepares the clipping.</summary>
    /// <param name="maximum">The largest norm.</param>
    /// <param name="weights">The trained weights by name: <c>network/weight</c>, or <c>network+adapter/weight</c>.</param>
    public GradientClipping(double maximum, IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        _maximum = maximum;
        _groups = [.. weights.GroupBy(entry => NetworkOf(entry.Key), entry => entry.Value).Select(group => group.ToArray())];
    }

    /// <summary>Scales down the gradients.</summary>
    public void Apply()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using Scalar one = 1.0.ToScalar();
        foreach (var weights in _groups)
        {
            Tensor[] gradients = [.. weights.Select(weight => weight.grad).OfType<Tensor>()];
            if (gradients.Length == 0)
                continue;
            var norm = stack(gradients.Select(gradient => gradient.Squared().sum())).sum().sqrt();
            var factor = norm.Plus(1e-6).reciprocal().Times(_maximum).clamp_max(one);
            foreach (var gradient in gradients)
                gradient.mul_(factor);
        }
    }

    // The name of a network contains neither character.
    private static string NetworkOf(string name) => name[..name.IndexOfAny(['+', '/'])];
}
