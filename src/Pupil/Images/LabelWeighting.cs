using System.ComponentModel;

namespace Pupil.Images;

/// <summary>
/// The weight of each class in the cross-entropy with the labels. A class without training images has weight 0. With several labels a
/// picture, it is the weight of the images that have the class, where those without it have weight 1.
/// </summary>
public enum ClassWeights
{
    /// <summary>All images count alike.</summary>
    [Description("all images count alike")]
    None,

    /// <summary>
    /// All classes count alike: N/(K·n) for a class with n of the N training images, K classes with images. With several labels a picture,
    /// the images with a class count as much as those without it: (N − n)/n.
    /// </summary>
    [Description("all classes count alike, N/(K·n) for a class with n of N images; of several labels, (N − n)/n")]
    Balanced,

    /// <summary>
    /// In between: proportional to 1/√n, with a mean of 1 over the images. With several labels a picture, √((N − n)/n).
    /// </summary>
    [Description("in between, proportional to 1/√n with a mean of 1 over the images; of several labels, √((N − n)/n)")]
    SquareRoot,
}

/// <summary>
/// How a cross-entropy takes a target: the weights of the classes and the smoothing of the labels, as in PyTorch's
/// <c>cross_entropy(weight=, label_smoothing=)</c>. For label sets the weights are those of
/// <c>binary_cross_entropy_with_logits(pos_weight=)</c>.
/// </summary>
/// <param name="Weights">K weights; null: 1 for each class.</param>
/// <param name="Smoothing">
/// The share of each label that is spread over all K classes, 0…1; of a label set, over presence and absence of each class.
/// </param>
public sealed record LabelWeighting(IReadOnlyList<float>? Weights, double Smoothing)
{
    /// <summary>No weights and no smoothing.</summary>
    public static LabelWeighting None { get; } = new(null, 0);

    /// <summary>Computes the weights of the classes of training images.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="weights">The kind of weights.</param>
    /// <param name="smoothing">See <see cref="Smoothing"/>.</param>
    public static LabelWeighting OfImages(ImageSubset images, ClassWeights weights, double smoothing)
    {
        if (weights == ClassWeights.None)
            return smoothing == 0 ? None : new(null, smoothing);
        int[] counts = images.Set.AllLabels.CountsIn(images.Indices, images.Set.Classes.Count);
        if (images.Set.Labelling == Labelling.Several)
            return new([.. counts.Select(count => (float)PositiveWeight(count, images.Count, weights))], smoothing);
        double[] inverse =
        [
            .. counts.Select(count => count == 0 ? 0 : weights == ClassWeights.Balanced ? 1.0 / count : 1 / Math.Sqrt(count)),
        ];
        double all = inverse.Zip(counts, (weight, count) => weight * count).Sum();
        return new([.. inverse.Select(weight => (float)(weight * images.Count / all))], smoothing);
    }

    // A class of all images would have weight 0, and its outputs no gradient at all.
    private static double PositiveWeight(int count, int images, ClassWeights weights)
    {
        if (count == 0)
            return 0;
        double ratio = Math.Max(1, images - count) / (double)count;
        return weights == ClassWeights.Balanced ? ratio : Math.Sqrt(ratio);
    }
}
