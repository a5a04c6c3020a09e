using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

/// <summary>Tests of batches prepared in the background: the same bytes, and errors are not lost.</summary>
public sealed class BatchAheadTests
{
    private static readonly Normalization Plain = new() { Mean = [0.4, 0.5, 0.6], Deviation = [0.2, 0.3, 0.4] };
    private static readonly ImageSet Set = TinyImages.Labelled([.. Enumerable.Range(0, 22).Select(i => i % 4)], 12, 10);

    private static readonly Augmentation Everything = new()
    {
        Pad = 0,
        RandomResizedCrop = new(),
        Policy = new TrivialAugment(),
        ColourJitter = new() { Brightness = 0.4, Hue = 0.1 },
        Cutout = new() { Size = 3 },
        Mixing = new() { MixUp = 0.4, CutMix = 1, Probability = 0.7 },
    };

    [Fact]
    public void Batches_are_the_same_in_any_order_and_with_or_without_the_background()
    {
        (int Epoch, int Step)[] rising = [.. Enumerable.Range(0, 12).Select(i => (1 + i / 4, i % 4))];
        var expected = rising.ToDictionary(at => at, at => Digest(Fresh(), at)); // a fresh one has nothing prepared
        foreach (var order in new[] { rising, [.. rising.Reverse()], [(2, 1), (2, 2), (1, 0), (1, 1), (3, 3), (2, 1), (2, 1), (3, 0)] })
        {
            var used = Fresh();
            Assert.All(order, at => Assert.Equal(expected[at], Digest(used, at)));
        }
        Assert.Equal(12, expected.Values.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Several_threads_make_the_same_batches(int threads)
    {
        // Large enough for several threads: 24 images of 200×200 pixels.
        var large = TinyImages.Labelled([.. Enumerable.Range(0, 24).Select(i => i % 3)], 200, 200);
        var subset = ImageSubset.All(large);
        var preparation = new ImagePreparation(large, Plain, new() { Size = 48 }, Everything, 4);
        Assert.True(24 * preparation.Work >= 1 << 22);
        var content = new BatchMaker(subset, 24, preparation, Everything.Mixing, 4, Sampling.All, BatchShare.All).Make(1, 0);
        var order = content.Labels;
        // One part after the other on this thread, in the parts of several threads.
        var found = new float[24 * preparation.Numbers];
        int[] indices = [.. subset.Indices];
        RandomStream.FromKey(RandomStream.Purpose.Order, 4, 1).Shuffle(indices);
        for (int thread = 0; thread < threads; thread++)
        {
            var buffers = preparation.CreateBuffers();
            for (int i = thread; i < 24; i += threads)
                preparation.Write(1, indices[i], found.AsSpan(i * preparation.Numbers, preparation.Numbers), buffers);
        }
        Assert.Equal(indices.Select(index => (long)large.Labels[index]), order);
        Assert.True(content.Unmixed.Span.SequenceEqual(found));
    }

    [Fact]
    public void A_batch_that_is_kept_is_not_written_over()
    {
        var batches = Fresh();
        using var kept = batches.Get(1, 0);
        float[] before = kept.Images.contiguous().data<float>().ToArray();
        for (int step = 1; step < 4; step++)
            batches.Get(1, step).Dispose();
        Assert.Equal(before, kept.Images.contiguous().data<float>().ToArray());
    }

    [Fact]
    public void An_error_in_the_background_comes_up_when_its_batch_is_asked_for()
    {
        var pixels = new BreakingMemory(22 * 12 * 10 * 3);
        var set = new ImageSet("breaking", pixels, Set.AllLabels, Set.Classes, 12, 10, 3);
        var batches = Batches.ForTraining(ImageSubset.All(set), 6, Plain, CPU, new(), seed: 3);
        batches.Get(1, 0).Dispose(); // and begins with the next
        pixels.IsBroken = true;
        // The batch being prepared may have been ready already.
        var error = Record.Exception(() => batches.Get(1, 1).Dispose()) ?? Record.Exception(() => batches.Get(1, 2).Dispose());
        Assert.Equal("the disk is gone", Assert.IsType<UserErrorException>(error).Message);
        // A request for another batch does not get the error, and later batches are not affected.
        Assert.Throws<UserErrorException>(() => batches.Get(2, 0));
        pixels.IsBroken = false;
        Assert.Equal(Digest(Batches.ForTraining(ImageSubset.All(set), 6, Plain, CPU, new(), seed: 3), (2, 1)), Digest(batches, (2, 1)));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(12)]
    public void An_error_among_several_threads_is_the_same_error(int side)
    {
        var pixels = new BreakingMemory(24L * side * side * 3) { IsBroken = true };
        var set = new ImageSet("breaking", pixels, ImageLabels.OfOne(new int[24]), ["only"], side, side, 3);
        var batches = Batches.ForTraining(ImageSubset.All(set), 24, Plain, CPU, Everything, seed: 3);
        Assert.Equal("the disk is gone", Assert.Throws<UserErrorException>(() => batches.Get(1, 0)).Message);
    }

    [Fact]
    public void No_tensor_outlives_its_batch()
    {
        var batches = Fresh();
        Take(1);
        long before = Living();
        Take(2);
        Assert.Equal(before, Living());

        void Take(int epoch)
        {
            for (int step = 0; step < batches.Steps; step++)
                batches.Get(epoch, step).Dispose();
        }

        static long Living() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
    }

    private static Batches Fresh() => Batches.ForTraining(ImageSubset.All(Set), 6, Plain, CPU, Everything, seed: 3, new() { Size = 8 });

    private static string Digest(Batches batches, (int Epoch, int Step) at)
    {
        using var scope = NewDisposeScope();
        var batch = batches.Get(at.Epoch, at.Step);
        string target = Training.TinyTrainer.Digest(batch.Target is SoftTarget soft ? soft.Shares : batch.Target.RequiredLabels);
        return $"{Training.TinyTrainer.Digest(batch.Images)} {target}";
    }

    private sealed class BreakingMemory(long length) : PixelMemory
    {
        private readonly byte[] _line = new byte[200 * 200 * 3];

        public volatile bool IsBroken;

        public override long Length => length;

        public override ReadOnlySpan<byte> Slice(long start, int count) =>
            IsBroken ? throw new UserErrorException("the disk is gone") : _line.AsSpan(0, count);
    }
}
