using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

/// <summary>Tests that views of a batch at another size show the same part under the same random changes.</summary>
public sealed class ImageViewTests
{
    private const int Small = 16, Factor = 3, Count = 24;

    private static readonly Normalization Plain = new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] };

    private static readonly Dictionary<string, Augmentation> Changes = new()
    {
        ["none"] = Augmentation.None,
        ["flip and shift"] = new() { Border = Border.Edge },
        ["random resized crop"] = new() { Pad = 0, RandomResizedCrop = new() { MinimumScale = 0.3 } },
        ["cutout"] = Augmentation.None with { Cutout = new() { Size = 6 } },
        ["mixup"] = Augmentation.None with { Mixing = new() { MixUp = 1 } },
        ["cutmix"] = Augmentation.None with { Mixing = new() { CutMix = 1 } },
        ["colours"] = Augmentation.None with { ColourJitter = new() { Brightness = 0.4, Contrast = 0.4, Saturation = 0.3, Hue = 0.1 } },
        ["everything"] = new()
        {
            Border = Border.Edge,
            ColourJitter = new() { Brightness = 0.3 },
            Cutout = new() { Size = 5 },
            Mixing = new() { MixUp = 0.4, CutMix = 1 },
        },
    };

    public static TheoryData<string> Names => [.. Changes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_view_is_the_students_image_at_another_size(string changes)
    {
        using var scope = NewDisposeScope();
        var batches = For(Changes[changes]);
        for (int step = 0; step < 3; step++)
        {
            using var batch = batches.Get(2, step);
            var view = batch.ImagesAt(new ImageView(Small * Factor));
            Assert.Equal([8, 3, Small * Factor, Small * Factor], view.shape);
            // The mean over Factor × Factor pixels is the small image, apart from rounding and from edges that lie between pixels.
            double distance = (nn.functional.avg_pool2d(view, Factor) - batch.Images).abs().mean().ToDouble();
            Assert.True(distance < 0.01, $"step {step}: {distance}");
        }
    }

    [Fact]
    public void Operations_of_a_policy_are_the_same_at_another_size()
    {
        using var scope = NewDisposeScope();
        foreach (AugmentationPolicy policy in new AugmentationPolicy[] { new TrivialAugment(), new RandAugment() })
        {
            using var batch = For(Augmentation.None with { Policy = policy }).Get(1, 0);
            var view = nn.functional.avg_pool2d(batch.ImagesAt(new ImageView(Small * Factor)), Factor);
            // Operations take the nearest pixel, and sharpness has a kernel of three pixels: an edge moves by less than a pixel.
            Assert.True((view - batch.Images).abs().mean().ToDouble() < 0.05);
            using var other = For(Augmentation.None with { Policy = policy }).Get(2, 0);
            Assert.True((view - other.Images).abs().mean().ToDouble() > 0.1, "another epoch has other operations");
        }
    }

    [Fact]
    public void Translations_are_scaled_with_the_size()
    {
        using var scope = NewDisposeScope();
        var policy = new Shift();
        var set = Sets(20).Small;
        var batches = Batches.ForTraining(ImageSubset.All(set), 4, Plain, CPU, Augmentation.None with { Policy = policy }, 1);
        using var batch = batches.Get(1, 0);
        var view = batch.ImagesAt(new ImageView(Small * Factor));
        // Three columns of the small image are black, nine of the view.
        Assert.Equal(0, batch.Images[.., .., .., ..3].abs().max().ToDouble());
        Assert.Equal(0, view[.., .., .., ..9].abs().max().ToDouble());
        Assert.True(view[.., .., .., 9].abs().min().ToDouble() > 0);
    }

    [Fact]
    public void A_centre_crop_is_the_same_part_and_a_views_own_crop_is_its_centre()
    {
        using var scope = NewDisposeScope();
        var (set, large) = Sets(21);
        var input = new InputOptions { Size = 8, Fit = InputFit.CentreCrop };
        using var batch = Batches.ForEvaluation(ImageSubset.All(set), 4, Plain, CPU, input).Get(1, 0);
        // 8 of 16 pixels are 24 of 48; there is no stored size of 24, so the part comes from the set itself.
        var view = batch.ImagesAt(new ImageView(24));
        Assert.True((nn.functional.avg_pool2d(view, Factor) - batch.Images).abs().mean().ToDouble() < 0.02);

        using var whole = Batches.ForEvaluation(ImageSubset.All(set), 4, Plain, CPU).Get(1, 0);
        using var original = Batches.ForEvaluation(ImageSubset.All(large), 4, Plain, CPU).Get(1, 0);
        // The central 36 of 48 pixels, unscaled: the set of 48 pixels is the one whose central 3/4 have 36.
        var centre = whole.ImagesAt(new ImageView(36, 0.75));
        Assert.True(centre.eq(original.Images[.., .., 6..42, 6..42]).all().item<bool>());
    }

    [Fact]
    public void Views_are_the_same_whether_they_are_made_ahead_or_on_request()
    {
        using var scope = NewDisposeScope();
        var view = new ImageView(Small * Factor);
        var ahead = For(Changes["everything"], Sampling.Balanced);
        for (int step = 0; step < 3; step++)
        {
            using var batch = ahead.Get(3, step);
            using var fresh = For(Changes["everything"], Sampling.Balanced).Get(3, step);
            Assert.True(batch.ImagesAt(view).eq(fresh.ImagesAt(view)).all().item<bool>(), $"step {step}");
            Assert.Same(batch.ImagesAt(view), batch.ImagesAt(view));
            Assert.True(batch.Holds(batch.ImagesAt(view)) && batch.Holds(batch.Images) && !fresh.Holds(batch.Images));
        }
    }

    [Fact]
    public void A_view_that_is_not_read_any_more_is_not_made()
    {
        using var scope = NewDisposeScope();
        var batches = For(Augmentation.None);
        var view = new ImageView(Small * Factor);
        bool[] reads = [true, true, true, false, false, false, false, true];
        int[] unread = [.. reads.Select((reading, step) =>
        {
            using var batch = batches.Get(1 + step / 3, step % 3);
            int made = batch.Views!.Unread.Count;
            if (reading)
                batch.ImagesAt(view);
            return made;
        })];
        // The batch after the first was being made before the view was asked for; so was the one after the first without a reader.
        Assert.Equal(0, unread[0]);
        Assert.Equal(1, unread[2]);
        Assert.Equal(0, unread[6]);
        Assert.Equal(0, unread[7]);
    }

    [Fact]
    public void Cutmix_and_cutout_cover_the_same_part_of_a_views_crop()
    {
        // The right half of 16 pixels, and the middle: through a crop of the central half.
        var view = new ImageView(48, 0.5);
        Assert.Equal(new BoundingBox(24, 0, 48, 48), new BoundingBox(8, 0, 16, 16).In(view, 16, 16));
        Assert.Equal(new BoundingBox(12, 12, 36, 36), new BoundingBox(6, 6, 10, 10).In(view, 16, 16));
        Assert.Equal(new BoundingBox(0, 0, 0, 0), new BoundingBox(0, 0, 3, 4).In(view, 16, 16));
        Assert.Equal(new BoundingBox(9, 0, 24, 48), new BoundingBox(3, 0, 8, 16).In(new ImageView(48), 16, 16));
    }

    [Fact]
    public void Sets_that_differ_in_their_labels_are_refused()
    {
        var splits = new DataSplits("a", TinyImages.Labelled([0, 1]), TinyImages.Labelled([0, 1]));
        splits.AddSizes(new DataSplits("a", TinyImages.Labelled([0, 1], 16, 16), TinyImages.Labelled([0, 1], 16, 16)));
        Assert.Equal(16, splits.AtSize(16).Test.Height);
        Assert.Equal(8, splits.AtSize(17).Test.Height);
        var other = new DataSplits("a", TinyImages.Labelled([1, 0], 16, 16), TinyImages.Labelled([0, 1], 16, 16));
        Assert.Contains("the pictures have changed", Assert.Throws<UserErrorException>(() => splits.AddSizes(other)).Message);
    }

    private static Batches For(Augmentation augmentation, Sampling sampling = Sampling.All) =>
        Batches.ForTraining(ImageSubset.All(Sets(7).Small), 8, Plain, CPU, augmentation, 5, sampling: sampling);

    // Smooth images, each pixel of the small one the mean of nine of the large one.
    private static (ImageSet Small, ImageSet Large) Sets(int seed)
    {
        const int Large = Small * Factor;
        var random = new Random(seed);
        byte[] large = new byte[Count * Large * Large * 3], small = new byte[Count * Small * Small * 3];
        for (int i = 0; i < Count; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                var (down, across, phase) = (random.NextDouble() * 0.12, random.NextDouble() * 0.12, random.NextDouble() * 6);
                for (int row = 0; row < Large; row++)
                {
                    for (int column = 0; column < Large; column++)
                        large[((i * Large + row) * Large + column) * 3 + channel] =
                            (byte)Math.Round(128 + 100 * Math.Sin(row * down + column * across + phase));
                }
            }
        }
        for (int at = 0; at < small.Length; at++)
        {
            int channel = at % 3, column = at / 3 % Small, row = at / (3 * Small) % Small, image = at / (3 * Small * Small);
            int sum = 0;
            for (int part = 0; part < Factor * Factor; part++)
                sum += large[((image * Large + row * Factor + part / Factor) * Large + column * Factor + part % Factor) * 3 + channel];
            small[at] = (byte)Math.Round((double)sum / (Factor * Factor));
        }
        int[] labels = [.. Enumerable.Range(0, Count).Select(i => i % 3)];
        string[] classes = ["a", "b", "c"];
        var whole = new ImageSet("large", large, labels, classes, Large, Large, 3);
        return (new ImageSet("small", small, labels, classes, Small, Small, 3) { OtherSizes = [whole] }, whole);
    }

    // A translation by three pixels.
    private sealed record Shift : AugmentationPolicy
    {
        internal override IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(Pupil.Core.RandomStream random, int height,
            int width) => [(PolicyOperation.TranslateX, 3.5)];
    }
}
