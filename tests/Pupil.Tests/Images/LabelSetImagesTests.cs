using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images;

/// <summary>Images with several labels each, from the set to the batch.</summary>
public sealed class LabelSetImagesTests
{
    private const int Classes = 3;

    [Fact]
    public void A_set_has_the_labels_of_each_image()
    {
        var set = Noise([[0, 2], [], [1]]);
        Assert.Equal((Labelling.Several, 3), (set.Labelling, set.Count));
        Assert.Equal([0, 2], set.LabelsOf(0).ToArray());
        Assert.Throws<InvalidOperationException>(() => set.Labels);
        Assert.Throws<ArgumentException>(() => Noise([[Classes]]));
        // The same labels, one for each image or sets of one.
        var sets = Noise([[0], [1]]);
        var one = new ImageSet("noise", Pixels(2), [0, 1], ["a", "b", "c"], 4, 4, 3);
        Assert.Equal([0], one.LabelsOf(0).ToArray());
        Assert.NotEqual(one.Fingerprint, sets.Fingerprint);
        Assert.Equal(Noise([[0], [1]]).Fingerprint, sets.Fingerprint);
        Assert.NotEqual(Noise([[0], [1, 2]]).Fingerprint, Noise([[0, 1], [2]]).Fingerprint);
    }

    [Fact]
    public void A_draw_has_the_share_of_every_class()
    {
        // Independent classes of 60 %, 30 % and 10 %, and images without any.
        var random = new Random(5);
        int[][] sets =
        [
            .. Enumerable.Range(0, 600).Select(_ => new[] { 0.6, 0.3, 0.1 }.Index()
                .Where(each => random.NextDouble() < each.Item).Select(each => each.Index).ToArray()),
        ];
        var all = ImageSubset.All(Noise(sets));
        var (taken, left) = all.Draw(150, RandomStream.Purpose.HeldOut, 7);
        Assert.Equal((150, 450), (taken.Count, left.Count));
        int[] whole = all.Set.AllLabels.CountsIn(all.Indices, Classes), part = all.Set.AllLabels.CountsIn(taken.Indices, Classes);
        // Of the rarest class, the share is exact; of the others, it is that of the strata.
        Assert.Equal(whole[2] / 4.0, part[2], 1.0);
        Assert.All(whole.Zip(part), pair => Assert.Equal(pair.First / 4.0, pair.Second, 8.0));
        var (fewer, _) = all.Draw(50, RandomStream.Purpose.HeldOut, 7);
        Assert.Subset(taken.Indices.ToHashSet(), fewer.Indices.ToHashSet());
    }

    [Fact]
    public void A_batch_has_ones_for_the_classes_of_each_image()
    {
        var images = ImageSubset.All(Noise([[0, 2], [], [1]]));
        using var batch = Batches.ForEvaluation(images, 8, Normalization.OfImages(images), CPU).Get(1, 0);
        var target = Assert.IsType<LabelSetTarget>(batch.Target);
        Assert.Null(target.Labels);
        Assert.Equal([1, 0, 1, 0, 0, 0, 0, 1, 0], target.Members.data<float>().ToArray());
    }

    [Theory]
    [InlineData(1.0, 0.0)]
    [InlineData(0.0, 1.0)]
    public void Mixed_images_have_the_shares_of_both(double mixUp, double cutMix)
    {
        int[][] sets = [[0, 2], [], [1], [0, 1, 2], [2]];
        var images = ImageSubset.All(Noise(sets));
        var augmentation = Augmentation.None with { Mixing = new Mixing { MixUp = mixUp, CutMix = cutMix } };
        using var batch = Batches.ForTraining(images, 8, Normalization.OfImages(images), CPU, augmentation, 3).Get(1, 0);
        float[][] shares = [.. Assert.IsType<LabelSetTarget>(batch.Target).Members.data<float>().ToArray().Chunk(Classes)];
        var mixture = augmentation.Mixing.Draw(3, 1, 0, sets.Length, 4, 4)!;
        Assert.InRange(mixture.Share, 0.01, 0.99);
        for (int i = 0; i < sets.Length; i++)
        {
            int[] own = sets[batch.Indices[i]], other = sets[batch.Indices[mixture.Partners[i]]];
            for (int label = 0; label < Classes; label++)
            {
                double expected = (own.Contains(label) ? mixture.Share : 0) + (other.Contains(label) ? 1 - mixture.Share : 0);
                Assert.Equal(expected, shares[i][label], 1e-6);
            }
        }
    }

    [Fact]
    public void Weights_of_present_classes_follow_their_numbers_of_images()
    {
        var images = ImageSubset.All(Noise([[0, 1], [0], [0], [0, 1]]));
        // Two of four images have class 1; no image has class 2; class 0 is in all, and keeps a gradient.
        Assert.Equal([0.25f, 1, 0], LabelWeighting.OfImages(images, ClassWeights.Balanced, 0).Weights!);
        Assert.Equal([0.5f, 1, 0], LabelWeighting.OfImages(images, ClassWeights.SquareRoot, 0).Weights!);
        Assert.Null(LabelWeighting.OfImages(images, ClassWeights.None, 0.1).Weights);
    }

    private static ImageSet Noise(int[][] sets) => new("noise", Pixels(sets.Length), sets, ["a", "b", "c"], 4, 4, 3);

    private static byte[] Pixels(int count)
    {
        byte[] pixels = new byte[count * 4 * 4 * 3];
        new Random(1).NextBytes(pixels);
        return pixels;
    }
}
