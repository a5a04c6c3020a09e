using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images;

public sealed class MixedBatchTests
{
    private static readonly Normalization Plain = new() { Mean = [0.4, 0.5, 0.6], Deviation = [0.2, 0.3, 0.4] };
    private static readonly ImageSet Set = TinyImages.Labelled([0, 1, 2, 3, 0, 1, 2, 3, 0, 1], 6, 5);

    public static TheoryData<double, double> Kinds => new() { { 1, 0 }, { 0, 1 }, { 0.4, 1 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Images_and_labels_are_mixed_alike(double mixUp, double cutMix)
    {
        var augmentation = new Augmentation { Pad = 2, Mixing = new() { MixUp = mixUp, CutMix = cutMix } };
        Batches plain = Batches(augmentation with { Mixing = null }), mixed = Batches(augmentation);
        for (int step = 0; step < 3; step++)
        {
            using Batch before = plain.Get(2, step), after = mixed.Get(2, step);
            Assert.IsType<HardTarget>(before.Target);
            var mixture = augmentation.Mixing.Draw(7, 2, step, before.Count, 6, 5)!;
            float[] images = Numbers(before.Images), found = Numbers(after.Images);
            long[] labels = before.Target.RequiredLabels.data<long>().ToArray();
            for (int at = 0; at < found.Length; at++)
            {
                var (image, row, column, rest) = (at / 90, at / 5 % 6, at % 5, at % 90);
                float own = images[at], other = images[mixture.Partners[image] * 90 + rest];
                double expected = mixture.Box is { } box ? (box.Contains(column, row) ? other : own)
                    : mixture.Share * own + (1 - mixture.Share) * other;
                Assert.Equal(expected, found[at], 1e-5);
            }
            var shares = Assert.IsType<SoftTarget>(after.Target).Shares;
            float[] soft = shares.data<float>().ToArray();
            Assert.Equal([before.Count, 4], shares.shape);
            for (int image = 0; image < before.Count; image++)
            {
                var expected = new double[4];
                expected[labels[image]] += mixture.Share;
                expected[labels[mixture.Partners[image]]] += 1 - mixture.Share;
                for (int label = 0; label < 4; label++)
                    Assert.Equal(expected[label], soft[image * 4 + label], 1e-6);
            }
        }
    }

    [Fact]
    public void Batches_that_are_not_mixed_have_no_soft_labels_and_are_as_they_were()
    {
        var mixing = new Mixing { MixUp = 1, Probability = 0.5 };
        Batches plain = Batches(new()), mixed = Batches(new() { Mixing = mixing });
        int unmixed = 0;
        for (int step = 0; step < 30; step++)
        {
            using Batch before = plain.Get(1 + step / 3, step % 3), after = mixed.Get(1 + step / 3, step % 3);
            bool isMixed = mixing.Draw(7, 1 + step / 3, step % 3, before.Count, 6, 5) is not null;
            Assert.Equal(isMixed, after.Target is SoftTarget);
            Assert.Equal(!isMixed, Numbers(before.Images).SequenceEqual(Numbers(after.Images)));
            unmixed += isMixed ? 0 : 1;
        }
        Assert.InRange(unmixed, 5, 25);
    }

    [Fact]
    public void A_batch_of_one_is_mixed_with_itself()
    {
        var one = new ImageSubset(Set, [3]);
        using var batch = Pupil.Images.Loading.Batches.ForTraining(one, 4, Plain, CPU, new() { Mixing = new() { MixUp = 1 } }, 7).Get(1, 0);
        using var plain = Pupil.Images.Loading.Batches.ForTraining(one, 4, Plain, CPU, new(), 7).Get(1, 0);
        Assert.Equal([0f, 0f, 0f, 1f], Assert.IsType<SoftTarget>(batch.Target).Shares.data<float>().ToArray());
        Assert.All(Numbers(plain.Images).Zip(Numbers(batch.Images)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    private static Batches Batches(Augmentation augmentation) =>
        Pupil.Images.Loading.Batches.ForTraining(ImageSubset.All(Set), 4, Plain, CPU, augmentation, seed: 7);

    private static float[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.contiguous().data<float>().ToArray();
    }
}
