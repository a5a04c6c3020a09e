using System.ComponentModel;

namespace Pupil.Images;

/// <summary>The weight of each class in the cross-entropy with the labels. A class without training images has weight 0.</summary>
public enum ClassWeights
{
    /// <summary>All images count alike.</summary>
    [Description("all images count alike")]
    None,

    /// <summary>All classes count alike: N/(K·n) for a class with n of the N training images, K classes with images.</summary>
    [Description("all classes count alike, N/(K·n) for a class with n of N images")]
    Balanced,

    /// <summary>In between: proportional to 1/√n, with a mean of 1 over the images.</summary>
    [Description("in between, proportional to 1/√n with a mean of 1 over the images")]
    SquareRoot,
}

/// <summary>
/// How a cross-entropy takes a target: the weights of the classes and the smoothing of the labels, as in PyTorch's
/// <c>cross_entropy(weight=, label_smoothing=)</c>.
/// </summary>
/// <param name="Weights">K weights; null: 1 for each class.</param>
/// <param name="Smoothing">The share of each label that is spread over all K classes, 0…1.</param>
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
        int[] counts = new int[images.Set.Classes.Count];
        foreach (int index in images.Indices)
            counts[images.Set.Labels[index]]++;
        double[] inverse =
        [
            .. counts.Select(count => count == 0 ? 0 : weights == ClassWeights.Balanced ? 1.0 / count : 1 / Math.Sqrt(count)),
        ];
        double all = inverse.Zip(counts, (weight, count) => weight * count).Sum();
        return new([.. inverse.Select(weight => (float)(weight * images.Count / all))], smoothing);
    }
}
