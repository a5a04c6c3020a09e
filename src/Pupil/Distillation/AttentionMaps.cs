using Pupil.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation;

/// <summary>How far two attention maps are apart.</summary>
public enum AttentionDistance
{
    /// <summary>Mean over images and pixels of (Q_s − Q_t)²: the code of attention transfer and of CTKD.</summary>
    Squared,

    /// <summary>Mean over images of ‖Q_s − Q_t‖₂: attention transfer as its paper writes it (its β/2 is our weight).</summary>
    Norm,
}

/// <summary>Where a stage looks: activation-based attention maps (Zagoruyko and Komodakis 2017).</summary>
public static class AttentionMaps
{
    /// <summary>
    /// Q(A): per image, the flattened map of the channel mean of |A|^p, divided by its L2 norm (at least 10⁻¹²). N×(H·W).
    /// </summary>
    /// <param name="activations">A, N×C×H×W.</param>
    /// <param name="exponent">p.</param>
    public static Tensor Of(Tensor activations, double exponent)
    {
        // |A|² needs no absolute value, which saves a pass over the largest tensors of the step.
        var powers = exponent == 2 ? activations.square() : activations.abs().ToThe(exponent);
        return functional.normalize(powers.mean([1]).flatten(1));
    }

    /// <summary>The distance of one stage's maps, a scalar. Gradient flows wherever the inputs ask for it.</summary>
    /// <param name="found">A_s, N×C×H×W.</param>
    /// <param name="expected">A_t, N×C'×H'×W'; where the sizes differ, both are average-pooled to the smaller one first.</param>
    /// <param name="exponent">p.</param>
    /// <param name="distance">Which distance.</param>
    public static Tensor Distance(Tensor found, Tensor expected, double exponent, AttentionDistance distance)
    {
        (long height, long width) = (Math.Min(found.shape[2], expected.shape[2]), Math.Min(found.shape[3], expected.shape[3]));
        return Between(Of(Pooled(found, height, width), exponent), Of(Pooled(expected, height, width), exponent), distance);
    }

    /// <summary>The distance of two sets of maps Q, N×(H·W) each.</summary>
    public static Tensor Between(Tensor found, Tensor expected, AttentionDistance distance) => distance switch
    {
        AttentionDistance.Squared => functional.mse_loss(found, expected),
        _ => linalg.vector_norm(found - expected, 2, [1]).mean(),
    };

    /// <summary>Refuses networks whose stages cannot be paired by name, or stage names that do not exist.</summary>
    /// <exception cref="UserErrorException">The stages differ.</exception>
    internal static void CheckPairs(Network learner, Expert expert, IReadOnlyList<string>? stages)
    {
        if (!learner.StageNames.SequenceEqual(expert.StageNames))
        {
            throw new UserErrorException($"attention: {learner.Spec} has stages {string.Join(", ", learner.StageNames)}, the expert {expert.Name} has "
                + $"{string.Join(", ", expert.StageNames)}; expected the same ones: choose networks with as many stages.");
        }
        if (stages?.FirstOrDefault(stage => !learner.StageNames.Contains(stage)) is string unknown)
            throw new UserErrorException($"method.stages: found '{unknown}', expected some of {string.Join(", ", learner.StageNames)}.");
    }

    private static Tensor Pooled(Tensor activations, long height, long width) =>
        activations.shape[2] == height && activations.shape[3] == width
            ? activations
            : functional.adaptive_avg_pool2d(activations, (height, width));

    /// <summary>Σ over the chosen stages of their distance, paired by name.</summary>
    /// <param name="found">The stages of the network that learns.</param>
    /// <param name="expected">The stages of the expert.</param>
    /// <param name="stages">Names of the stages, or null for all.</param>
    /// <param name="exponent">p.</param>
    /// <param name="distance">Which distance.</param>
    public static Tensor Total(IReadOnlyList<Stage> found, IReadOnlyList<Stage> expected, IReadOnlyList<string>? stages, double exponent,
        AttentionDistance distance)
    {
        var pairs = from one in found
                    where stages is null || stages.Contains(one.Name)
                    join other in expected on one.Name equals other.Name
                    select Distance(one.Map, other.Map, exponent, distance);
        return pairs.Aggregate((sum, next) => sum.Plus(next));
    }
}
