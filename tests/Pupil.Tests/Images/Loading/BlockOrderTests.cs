using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

public sealed class BlockOrderTests
{
    private const int Count = 20_000, Buffer = 2000, Classes = 50, ImageBytes = 64;

    [Fact]
    public void Every_image_comes_once_in_an_order_of_seed_and_epoch()
    {
        var images = ImageSubset.All(Sorted());
        int[] Order(long seed, int epoch) => BlockOrder.Draw(images, Buffer, seed, epoch);

        Assert.Equal(images.Indices, Order(1, 1).Order());
        Assert.Equal(Order(1, 1), Order(1, 1));
        Assert.NotEqual(Order(1, 1), Order(1, 2));
        Assert.NotEqual(Order(1, 1), Order(2, 1));
    }

    // The images of the set lie class by class, as those of a folder do.
    [Fact]
    public void Batches_of_a_set_sorted_by_class_have_many_classes()
    {
        var set = Sorted();
        int[] order = BlockOrder.Draw(ImageSubset.All(set), Buffer, 3, 1);
        int[] classes = [.. Enumerable.Range(0, Count / 64).Select(batch => order.Skip(64 * batch).Take(64)
            .Select(index => set.Labels[index]).Distinct().Count())];
        // The buffer holds about 31 blocks of 50 classes. Fully shuffled batches of 64 have about 36 classes.
        Assert.InRange(classes.Average(), 18, 36);
        Assert.InRange(classes.Min(), 8, 50);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    public void Few_blocks_are_in_use_at_a_time_also_of_a_part_of_the_images(double share)
    {
        var random = new Random(1);
        var images = new ImageSubset(Sorted(), [.. Enumerable.Range(0, Count).Where(_ => random.NextDouble() < share)]);
        int[] blocks = [.. BlockOrder.Draw(images, Buffer, 3, 7).Select(ImageBlocks.Of)];
        var uses = blocks.Index().GroupBy(entry => entry.Item)
            .Select(group => (First: group.Min(entry => entry.Index), Last: group.Max(entry => entry.Index))).ToList();
        int most = Enumerable.Range(0, blocks.Length).Max(place => uses.Count(use => use.First <= place && place <= use.Last));
        Assert.InRange(most, Buffer / ImageBlocks.Size / 2, ImageBlocks.MostResident(Buffer));
    }

    [Fact]
    public void A_set_within_the_buffer_is_shuffled_like_one_in_memory()
    {
        var whole = Training(ImageSubset.All(Sorted()));
        var packed = Training(Packed(Count, 500));
        Assert.Equal(Indices(whole, 1, 0), Indices(packed, 1, 0));
    }

    // So a run goes on with a set that was packed anew, and processes may have shards of their own.
    [Fact]
    public void The_order_does_not_depend_on_the_files()
    {
        var one = Training(Packed(Buffer, null));
        var two = Training(Packed(Buffer, 500));
        var three = Training(Packed(Buffer, 1001));
        Assert.Equal(Indices(one, 2, 5), Indices(two, 2, 5));
        Assert.Equal(Indices(one, 2, 5), Indices(three, 2, 5));
        Assert.NotEqual(Indices(one, 2, 5), Indices(Training(Packed(Count, 500)), 2, 5));
    }

    [Fact]
    public void A_batch_depends_on_epoch_and_step_alone()
    {
        var images = Packed(Buffer, 500);
        var first = Training(images);
        int[][] all = [.. Enumerable.Range(0, 2 * first.Steps).Select(i => Indices(first, 1 + i / first.Steps, i % first.Steps))];
        var resumed = Training(images);
        for (int i = first.Steps + 11; i < 2 * first.Steps; i++)
            Assert.Equal(all[i], Indices(resumed, 2, i % first.Steps));
        Assert.Equal(images.Indices, all.Take(first.Steps).SelectMany(batch => batch).Order());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    public void Training_and_evaluation_keep_few_blocks_resident(int? imagesEach)
    {
        var images = Packed(Buffer, imagesEach);
        var pixels = images.Set.Blocks!.Pixels;
        foreach (var batches in new[] { Training(images), Batches.ForEvaluation(images, 64, Plain, CPU) })
        {
            for (int step = 0; step < batches.Steps; step++)
            {
                batches.Get(1, step).Dispose();
                Assert.InRange(pixels.Resident, 1, ImageBlocks.MostResident(Buffer));
            }
        }
    }

    [Fact]
    public void Every_epoch_reads_ahead()
    {
        var set = Sorted();
        var memory = new Counted(Count * ImageBytes);
        var images = ImageSubset.All(set);
        var reading = new ReadingAhead(images,
            new ImageBlocks(new PixelBlocks([memory], Count * ImageBytes, ImageBlocks.Size * ImageBytes, 40), 0, ImageBytes, Buffer));
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            for (int place = 0; place < Count; place += 128)
                reading.Before(images.Indices, place);
            Assert.Equal(epoch * ((Count + ImageBlocks.Size - 1) / ImageBlocks.Size), memory.Fetches);
        }
        reading.Before(BlockOrder.Draw(images, Buffer, 1, 1), 64 * 100);
        Assert.InRange(memory.Fetches, 626, 700);
    }

    private static Normalization Plain => new() { Mean = [0.5], Deviation = [0.5] };

    private static Batches Training(ImageSubset images) => Batches.ForTraining(images, 64, Plain, CPU, Augmentation.None, 5);

    private static int[] Indices(Batches batches, int epoch, int step)
    {
        using var batch = batches.Get(epoch, step);
        return [.. batch.Indices];
    }

    private static ImageSet Sorted() => TinyImages.Labelled([.. Enumerable.Range(0, Count).Select(i => i * Classes / Count)], 8, 8, 1);

    private static ImageSubset Packed(int buffer, int? imagesEach)
    {
        using var folder = new TemporaryFolder();
        var splits = new DataSplits("many", Sorted(), TinyImages.Labelled([.. Enumerable.Range(0, Classes)], 8, 8, 1, 2));
        // The files stay mapped after their removal.
        string path = imagesEach is null ? folder["one.safetensors"] : folder["many"];
        PackedFile.Write(imagesEach is int each ? PackedTarget.Folder(path, each * ImageBytes) : PackedTarget.File(path), splits);
        return ImageSubset.All(PackedFile.Open(path, shuffleBuffer: buffer).Train);
    }

    private sealed class Counted(int length) : PixelMemory
    {
        public int Fetches { get; private set; }

        public override long Length => length;

        public override ReadOnlySpan<byte> Slice(long start, int count) => new byte[count];

        public override void Fetch(long start, long count) => Fetches++;
    }
}
