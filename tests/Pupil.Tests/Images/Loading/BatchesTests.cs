using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

public sealed class BatchesTests
{
    private static readonly Normalization ThreeChannels = new() { Mean = [0.49, 0.48, 0.45], Deviation = [0.25, 0.2, 0.3] };
    private static readonly Normalization OneChannel = new() { Mean = [0.3], Deviation = [0.1] };

    public static TheoryData<Border, int, bool, int> Augmentations
    {
        get
        {
            var data = new TheoryData<Border, int, bool, int>();
            foreach (var border in Enum.GetValues<Border>())
            {
                data.Add(border, 2, true, 3);
                data.Add(border, 9, true, 3); // more than the picture
                data.Add(border, 2, false, 1);
            }
            data.Add(Border.Symmetric, 0, true, 3);
            data.Add(Border.Symmetric, 0, false, 3);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Augmentations))]
    public void Images_are_mirrored_then_padded_then_cut_out(Border border, int pad, bool flip, int channels)
    {
        var set = TinyImages.Numbered(40, 7, 5, channels);
        var normalization = channels == 3 ? ThreeChannels : OneChannel;
        var augmentation = new Augmentation { Border = border, Pad = pad, Flip = flip };
        using var batch = Batches.ForTraining(ImageSubset.All(set), 40, normalization, CPU, augmentation, seed: 5).Get(3, 0);
        var found = Rows(batch);
        foreach (var (index, values) in found)
        {
            var (flipped, down, right) = augmentation.Draw(5, 3, index);
            var expected = PlainBatch.Image(set, index, normalization, augmentation, flipped, down, right);
            Assert.Equal(expected.Length, values.Length);
            Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * Math.Max(1, Math.Abs(pair.First))));
        }
        Assert.Equal(40, found.Count);
    }

    [Fact]
    public void A_one_pixel_line_is_padded_with_itself()
    {
        var set = TinyImages.Numbered(10, 1, 4);
        var augmentation = new Augmentation { Border = Border.Reflect, Pad = 3, Flip = false };
        using var batch = Batches.ForTraining(ImageSubset.All(set), 10, ThreeChannels, CPU, augmentation, seed: 5).Get(1, 0);
        foreach (var (index, values) in Rows(batch))
        {
            var (_, down, right) = augmentation.Draw(5, 1, index);
            Assert.Equal(PlainBatch.Image(set, index, ThreeChannels, augmentation, false, down, right).Select(value => (float)value),
                values);
        }
    }

    [Fact]
    public void What_happens_to_an_image_does_not_depend_on_batch_size_order_or_company()
    {
        var set = TinyImages.Numbered(30);
        var all = ImageSubset.All(set);
        var expected = Epoch(Training(all, 30), 4);
        Assert.Equal(30, expected.Count);
        foreach (var others in new[] { Training(all, 7), Training(all, 1), Training(new ImageSubset(set, [2, 3, 5, 7, 11, 13]), 4) })
        {
            foreach (var (index, values) in Epoch(others, 4))
                Assert.Equal(expected[index], values);
        }
    }

    [Fact]
    public void A_batch_is_the_same_whenever_it_is_asked_for()
    {
        var images = ImageSubset.All(TinyImages.Numbered(20));
        var fresh = Training(images, 6);
        var used = Training(images, 6);
        Epoch(used, 1);
        Epoch(used, 3);
        using Batch expected = fresh.Get(2, 1), found = used.Get(2, 1);
        Assert.Equal(Labels(expected), Labels(found));
        Assert.Equal(Rows(expected).Values, Rows(found).Values);
    }

    [Fact]
    public void Every_image_comes_once_an_epoch_and_the_last_batch_is_what_is_left()
    {
        var images = new ImageSubset(TinyImages.Numbered(30), [.. Enumerable.Range(4, 23)]);
        var batches = Training(images, 5);
        Assert.Equal(5, batches.Steps);
        Assert.Equal(23, batches.Images);
        var seen = new List<long>();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var batch = batches.Get(2, step);
            Assert.Equal(step < 4 ? 5 : 3, batch.Count);
            Assert.Equal(5, batch.ConfiguredSize);
            Assert.Equal([batch.Count, 3, 8, 8], batch.Images.shape);
            seen.AddRange(Labels(batch));
        }
        Assert.Equal(Enumerable.Range(4, 23).Select(i => (long)i), seen.Order());
    }

    [Fact]
    public void Epochs_and_seeds_have_orders_and_changes_of_their_own()
    {
        var images = ImageSubset.All(TinyImages.Numbered(30));
        using Batch first = Training(images, 30).Get(1, 0), second = Training(images, 30).Get(2, 0),
            other = Training(images, 30, seed: 6).Get(1, 0);
        foreach (var changed in new[] { second, other })
        {
            Assert.NotEqual(Labels(first), Labels(changed));
            var (before, after) = (Rows(first), Rows(changed));
            Assert.InRange(before.Count(entry => entry.Value.SequenceEqual(after[entry.Key])), 0, 5);
        }
    }

    [Fact]
    public void Evaluation_shows_the_images_as_they_are_in_the_order_of_the_set()
    {
        var set = TinyImages.Numbered(11, 8, 9);
        var batches = Batches.ForEvaluation(new ImageSubset(set, [1, 2, 4, 5, 9]), 2, ThreeChannels, CPU);
        Assert.Equal(3, batches.Steps);
        var labels = new List<long>();
        for (int step = 0; step < 3; step++)
        {
            using var batch = batches.Get(1, step);
            labels.AddRange(Labels(batch));
            foreach (var (index, values) in Rows(batch))
                Assert.Equal(PlainBatch.Image(set, index, ThreeChannels, Augmentation.None, false, 0, 0).Select(value => (float)value),
                    values);
        }
        Assert.Equal([1, 2, 4, 5, 9], labels);
    }

    [Fact]
    public void Images_lie_channels_last_and_labels_are_whole_numbers()
    {
        using var batch = Training(ImageSubset.All(TinyImages.Numbered(6, 7, 5)), 4).Get(1, 0);
        Assert.Equal([4, 3, 7, 5], batch.Images.shape);
        Assert.Equal([7 * 5 * 3, 1, 5 * 3, 3], batch.Images.stride());
        Assert.Equal(ScalarType.Float32, batch.Images.dtype);
        Assert.Equal(ScalarType.Int64, batch.Target.RequiredLabels.dtype);
        Assert.Equal([4], batch.Target.RequiredLabels.shape);
    }

    [Fact]
    public void A_normalisation_for_other_channels_is_refused()
    {
        Assert.Throws<UserErrorException>(() => Batches.ForEvaluation(ImageSubset.All(TinyImages.Numbered(2)), 2, OneChannel, CPU));
    }

    private static Batches Training(ImageSubset images, int size, long seed = 5) =>
        Batches.ForTraining(images, size, ThreeChannels, CPU, new Augmentation(), seed);

    private static Dictionary<int, float[]> Epoch(Batches batches, int epoch)
    {
        var images = new Dictionary<int, float[]>();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var batch = batches.Get(epoch, step);
            foreach (var (index, values) in Rows(batch))
                images.Add(index, values);
        }
        return images;
    }

    private static long[] Labels(Batch batch) => batch.Target.RequiredLabels.data<long>().ToArray();

    // The C×H×W numbers of each image, by its label.
    private static Dictionary<int, float[]> Rows(Batch batch)
    {
        using var scope = NewDisposeScope();
        float[] all = batch.Images.contiguous().data<float>().ToArray();
        int size = all.Length / batch.Count;
        return Labels(batch).Select((label, i) => ((int)label, all[(i * size)..((i + 1) * size)])).ToDictionary();
    }
}
