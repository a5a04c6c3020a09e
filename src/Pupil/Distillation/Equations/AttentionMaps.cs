using Pupil.Core;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Equations;

/// <summary>The distances of two attention maps.</summary>
public enum AttentionDistance
{
    /// <summary>Mean over images and pixels of (Q_s − Q_t)², as in the code of attention transfer and of CTKD.</summary>
    Squared,

    /// <summary>Mean over images of ‖Q_s − Q_t‖₂, as in the paper on attention transfer (its β/2 is the weight here).</summary>
    Norm,
}

/// <summary>Activation-based attention maps (Zagoruyko and Komodakis 2017).</summary>
public static class AttentionMaps
{
    /// <summary>
    /// Q(A): per image, the flattened map of the channel mean of |A|^p, divided by its L2 norm (at least 10⁻¹²). N×(H·W).
    /// </summary>
    /// <param name="activations">A, N×C×H×W.</param>
    /// <param name="exponent">p.</param>
    public static Tensor FromActivations(Tensor activations, double exponent)
    {
        // |A|² needs no absolute value, which saves a pass over the largest tensors of the step.
        var powers = exponent == 2 ? activations.Squared() : activations.abs().ToThe(exponent);
        return functional.normalize(powers.mean([1]).flatten(1));
    }

    /// <summary>The distance of one stage's maps, a scalar. The gradient reaches each input that requires one.</summary>
    /// <param name="found">A_s, N×C×H×W.</param>
    /// <param name="expected">A_t, N×C'×H'×W'; where the sizes differ, both are average-pooled to the smaller one first.</param>
    /// <param name="exponent">p.</param>
    /// <param name="distance">The distance.</param>
    public static Tensor Distance(Tensor found, Tensor expected, double exponent, AttentionDistance distance)
    {
        (found, expected) = MapSizes.ToSmaller(found, expected);
        return Between(FromActivations(found, exponent), FromActivations(expected, exponent), distance);
    }

    /// <summary>The distance of two sets of maps Q, N×(H·W) each.</summary>
    public static Tensor Between(Tensor found, Tensor expected, AttentionDistance distance) => distance switch
    {
        AttentionDistance.Squared => functional.mse_loss(found, expected),
        _ => linalg.vector_norm(found - expected, 2, [1]).mean(),
    };

    /// <summary>The sum of the distances over pairs of maps.</summary>
    /// <param name="maps">Maps of the trained network and of the expert, as <see cref="Distance"/> takes them.</param>
    /// <param name="exponent">p.</param>
    /// <param name="distance">The distance.</param>
    public static Tensor Total(IEnumerable<(Tensor Found, Tensor Expected)> maps, double exponent, AttentionDistance distance) =>
        maps.Select(pair => Distance(pair.Found, pair.Expected, exponent, distance)).Aggregate((sum, next) => sum.Plus(next));
}
