using Pupil.Distillation.Equations;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

/// <summary>Tests batches of images with and without labels.</summary>
public sealed class PartlyLabelledBatchesTests : IDisposable
{
    private static readonly Normalization Plain = new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] };

    private readonly ImageSet _labelled = TinyImages.Labelled([.. Enumerable.Range(0, 10).Select(i => i % 3)]);
    private readonly ImageSet _others = TinyImages.Labelled(new int[25], seed: 2);
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    // 35 images in batches of 8: 5 steps. 25/35 of 8 are 6.
    [InlineData(null, 5, 2, 6)]
    [InlineData(0.25, 5, 6, 2)]
    [InlineData(0.01, 5, 7, 1)]
    [InlineData(0.99, 5, 1, 7)]
    [InlineData(1.0, 4, 0, 8)]
    public void The_share_of_each_is_as_asked(double? share, int steps, int labelled, int unlabelled)
    {
        var batches = Combine(share);
        Assert.Equal(steps, batches.Steps);
        var batch = batches.Get(1, 0);
        Assert.Equal((labelled + unlabelled, 8), (batch.Count, batch.ConfiguredSize));
        Assert.Equal(labelled, batch.Target is PartialTarget target ? target.Count : 0);
        Assert.Equal(labelled == 0, batch.Target == Target.None);
    }

    [Fact]
    public void Labelled_images_come_first_with_their_labels_and_all_images_come_equally_often()
    {
        var batches = Combine(0.5);
        int[] seen = new int[10], others = new int[25];
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            for (int step = 0; step < batches.Steps; step++)
            {
                var batch = batches.Get(epoch, step);
                var target = Assert.IsType<PartialTarget>(batch.Target);
                long[] labels = target.Labelled.Labels!.data<long>().ToArray();
                for (int i = 0; i < batch.Count; i++)
                {
                    var set = i < target.Count ? _labelled : _others;
                    int index = batch.Indices[i];
                    Assert.Equal(set.Image(index).ToArray(), Bytes(batch.Images[i]));
                    if (i < target.Count)
                        Assert.Equal(_labelled.Labels[index], labels[i]);
                    (i < target.Count ? seen : others)[index]++;
                }
            }
        }
        Assert.True(seen.Max() - seen.Min() <= 1 && others.Max() - others.Min() <= 1, $"{seen.Min()} to {seen.Max()}, {others.Min()}");
    }

    [Fact]
    public void A_batch_follows_from_epoch_and_step_alone()
    {
        var used = Combine(null);
        (int Epoch, int Step)[] order = [(1, 0), (1, 1), (3, 2), (2, 4), (1, 0), (3, 3)];
        foreach (var (epoch, step) in order)
        {
            Batch one = used.Get(epoch, step), fresh = Combine(null).Get(epoch, step);
            Assert.Equal(fresh.Indices, one.Indices);
            Assert.True(fresh.Images.eq(one.Images).all().item<bool>());
        }
    }

    [Fact]
    public void After_the_epochs_with_unlabelled_images_all_have_labels()
    {
        var batches = Combine(null, unlabelledEpochs: 2);
        Assert.IsType<PartialTarget>(batches.Get(2, 4).Target);
        var later = batches.Get(3, 0);
        Assert.Equal(8, Assert.IsType<HardTarget>(later.Target).ClassNumbers.shape[0]);
    }

    [Fact]
    public void Views_are_those_of_both_sets()
    {
        using var batch = Combine(0.5).Get(1, 0);
        var view = batch.ImagesAt(new ImageView(16));
        Assert.Equal([8, 3, 16, 16], view.shape);
        // Noise, scaled up: different images differ by a third.
        Assert.True((nn.functional.avg_pool2d(view, 2) - batch.Images).abs().mean().ToDouble() < 0.2);
        Assert.Same(view, batch.ImagesAt(new ImageView(16)));
    }

    [Fact]
    public void The_cross_entropy_counts_labelled_images_alone()
    {
        var logits = arange(18, dtype: ScalarType.Float32).sin().reshape(6, 3);
        var labels = new HardTarget(tensor([0L, 2, 1]));
        double expected = CrossEntropy.WithLabels(logits[..3], labels.ClassNumbers).ToDouble();
        Assert.Equal(expected, CrossEntropy.WithTarget(logits, new PartialTarget(labels, 3))!.ToDouble(), 1e-6);
        Assert.Null(CrossEntropy.WithTarget(logits, Target.None));
    }

    private PartlyLabelledBatches Combine(double? share, int unlabelledEpochs = int.MaxValue) => PartlyLabelledBatches.Combine(
        _labelled.Count, _others.Count, 8, share, (isLabelled, size) => Batches.ForTraining(
            ImageSubset.All(isLabelled ? _labelled : _others), size, Plain, CPU, Augmentation.None, 5), unlabelledEpochs);

    private static byte[] Bytes(Tensor image) =>
        [.. image.permute(1, 2, 0).contiguous().data<float>().ToArray().Select(value => (byte)MathF.Round(value * 255))];
}
