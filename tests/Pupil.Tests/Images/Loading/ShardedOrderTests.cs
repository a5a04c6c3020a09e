using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

public sealed class ShardedOrderTests
{
    private const int Count = 2000, ImagesEach = 50, Buffer = 200;

    [Fact]
    public void Every_image_comes_once_in_an_order_of_seed_and_epoch()
    {
        var images = Images(Buffer);
        int[] Order(long seed, int epoch) => ShardedOrder.Draw(images, images.Set.Shards!, seed, epoch);

        Assert.Equal(images.Indices, Order(1, 1).Order());
        Assert.Equal(Order(1, 1), Order(1, 1));
        Assert.NotEqual(Order(1, 1), Order(1, 2));
        Assert.NotEqual(Order(1, 1), Order(2, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Few_shards_are_in_use_at_a_time_and_each_place_has_images_of_several(int epoch)
    {
        var images = Images(Buffer);
        int[] shards = [.. ShardedOrder.Draw(images, images.Set.Shards!, 3, epoch).Select(images.Set.Shards!.Of)];
        var lasts = shards.Index().GroupBy(entry => entry.Item).ToDictionary(
            group => group.Key, group => (First: group.Min(entry => entry.Index), Last: group.Max(entry => entry.Index)));
        int[] inUse = [.. Enumerable.Range(0, Count).Select(place => lasts.Values.Count(use => use.First <= place && place <= use.Last))];
        Assert.InRange(inUse.Max(), 3, (Buffer / ImagesEach) + 2);
        // In the middle of an epoch, 50 images that follow one another come from at least three shards.
        foreach (int start in Enumerable.Range(Buffer, Count - 2 * Buffer - 50))
            Assert.InRange(shards.AsSpan(start, 50).ToArray().Distinct().Count(), 3, Buffer / ImagesEach + 2);
    }

    [Fact]
    public void Images_of_one_shard_do_not_keep_their_order()
    {
        var images = Images(Buffer);
        int[] order = ShardedOrder.Draw(images, images.Set.Shards!, 3, 1);
        // Of two neighbours in a shard, the first comes earlier in about half of the cases.
        int[] places = new int[Count];
        foreach (var (place, index) in order.Index())
            places[index] = place;
        int rising = Enumerable.Range(0, Count - 1).Count(i => places[i] < places[i + 1]);
        Assert.InRange(rising, 0.45 * Count, 0.55 * Count);
    }

    [Fact]
    public void A_set_within_the_buffer_is_shuffled_like_one_in_memory()
    {
        var whole = Batches.ForTraining(Images(null), 32, Plain, CPU, Augmentation.None, 5);
        var sharded = Batches.ForTraining(Images(Count), 32, Plain, CPU, Augmentation.None, 5);
        Assert.Equal(Indices(whole, 1, 0), Indices(sharded, 1, 0));
    }

    [Fact]
    public void A_batch_depends_on_epoch_and_step_alone()
    {
        var images = Images(Buffer);
        var first = Batches.ForTraining(images, 32, Plain, CPU, Augmentation.None, 5);
        int[][] all = [.. Enumerable.Range(0, 2 * first.Steps).Select(i => Indices(first, 1 + i / first.Steps, i % first.Steps))];
        var resumed = Batches.ForTraining(images, 32, Plain, CPU, Augmentation.None, 5);
        for (int i = first.Steps + 11; i < 2 * first.Steps; i++)
            Assert.Equal(all[i], Indices(resumed, 2, i % first.Steps));
        Assert.Equal(images.Indices, all.Take(first.Steps).SelectMany(batch => batch).Order());
    }

    [Fact]
    public void Training_and_evaluation_keep_few_shards_resident()
    {
        var images = Images(Buffer);
        var pixels = images.Set.Shards!.Pixels;
        var training = Batches.ForTraining(images, 32, Plain, CPU, Augmentation.None, 5);
        var evaluation = Batches.ForEvaluation(images, 32, Plain, CPU);
        foreach (var batches in new[] { training, evaluation })
        {
            for (int step = 0; step < batches.Steps; step++)
            {
                batches.Get(1, step).Dispose();
                Assert.InRange(pixels.Resident, 1, Buffer / ImagesEach + 4);
            }
        }
    }

    private static Normalization Plain => new() { Mean = [0.5], Deviation = [0.5] };

    private static int[] Indices(Batches batches, int epoch, int step)
    {
        using var batch = batches.Get(epoch, step);
        return [.. batch.Indices];
    }

    private static ImageSubset Images(int? buffer)
    {
        using var folder = new TemporaryFolder();
        int[] labels = [.. Enumerable.Range(0, Count).Select(i => i % 3)];
        var images = TinyImages.Labelled(labels, 8, 8, 1, 1);
        var splits = new DataSplits("many", images, TinyImages.Labelled([0, 1, 2], 8, 8, 1, 2));
        if (buffer is null)
            return ImageSubset.All(images);
        // 64 bytes an image; the files stay mapped after their removal.
        PackedFile.Write(PackedTarget.Folder(folder["many"], ImagesEach * 64), splits);
        return ImageSubset.All(PackedFile.Open(folder["many"], shuffleBuffer: buffer).Train);
    }
}
