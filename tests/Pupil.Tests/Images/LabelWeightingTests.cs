using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images;

public sealed class LabelWeightingTests
{
    // Six, two, one and no images of the four classes; the last image is no part of the subset.
    private static readonly ImageSubset Uneven =
        ImageSubset.All(TinyImages.Labelled([0, 0, 1, 0, 0, 2, 0, 1, 0, 3])) with { Indices = [0, 1, 2, 3, 4, 5, 6, 7, 8] };

    [Fact]
    public void Balanced_weights_let_every_class_with_images_count_alike()
    {
        var found = LabelWeighting.OfImages(Uneven, ClassWeights.Balanced, 0);
        Assert.Equal([0.5f, 1.5f, 3f, 0f], found.Weights!, new Near()); // 9/(3·n)
        Assert.Equal(0, found.Smoothing);
    }

    [Fact]
    public void Square_root_weights_have_a_mean_of_1_over_the_images()
    {
        var found = LabelWeighting.OfImages(Uneven, ClassWeights.SquareRoot, 0.1);
        double scale = 9 / (Math.Sqrt(6) + Math.Sqrt(2) + 1);
        Assert.Equal([(float)(scale / Math.Sqrt(6)), (float)(scale / Math.Sqrt(2)), (float)scale, 0f], found.Weights!, new Near());
        Assert.Equal(0.1, found.Smoothing);
    }

    [Fact]
    public void Without_options_there_is_no_weighting()
    {
        Assert.Same(LabelWeighting.None, LabelWeighting.OfImages(Uneven, ClassWeights.None, 0));
        Assert.Null(LabelWeighting.OfImages(Uneven, ClassWeights.None, 0.1).Weights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_targets_of_training_batches_carry_the_weighting(bool mixed)
    {
        var weighting = LabelWeighting.OfImages(Uneven, ClassWeights.Balanced, 0.1);
        var normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };
        var augmentation = new Augmentation { Mixing = mixed ? new() { MixUp = 1 } : null };
        using var batch = Batches.ForTraining(Uneven, 4, normalization, CPU, augmentation, seed: 1, weighting: weighting).Get(1, 0);
        Assert.Equal(mixed, batch.Target is SoftTarget);
        Assert.Same(weighting, batch.Target.Weighting);
        using var plain = Batches.ForEvaluation(Uneven, 4, normalization, CPU).Get(1, 0);
        Assert.Same(LabelWeighting.None, plain.Target.Weighting);
    }

    private sealed class Near : IEqualityComparer<float>
    {
        public bool Equals(float one, float other) => Math.Abs(one - other) < 1e-5;

        public int GetHashCode(float number) => 0;
    }
}
