using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Inference.Pictures;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Transforms;

public sealed class RandomResizedCropTests
{
    private const int Draws = 4000;

    [Fact]
    public void Areas_and_proportions_are_spread_as_they_should_be()
    {
        // In an image this large nearly every try fits if at most half of the area is cropped: the draws are those of the first try.
        var crop = new RandomResizedCrop { MinimumScale = 0.1, MaximumScale = 0.5 };
        var boxes = Enumerable.Range(0, Draws).Select(index => crop.Draw(4, 1, index, 1000, 1000)).ToList();
        var areas = boxes.Select(box => (double)(box.Right - box.Left) * (box.Bottom - box.Top) / 1e6).ToList();
        var ratios = boxes.Select(box => Math.Log((double)(box.Right - box.Left) / (box.Bottom - box.Top))).ToList();
        AssertUniform(areas, 0.1, 0.5);
        AssertUniform(ratios, Math.Log(0.75), Math.Log(4.0 / 3));
        // The positions are uniform.
        AssertUniform([.. boxes.Select(box => box.Left / (1000.0 - (box.Right - box.Left)))], 0, 1);
        AssertUniform([.. boxes.Select(box => box.Top / (1000.0 - (box.Bottom - box.Top)))], 0, 1);
    }

    [Theory]
    [InlineData(32, 32)]
    [InlineData(20, 64)]
    [InlineData(64, 20)]
    [InlineData(1, 1)]
    public void Every_part_lies_within_the_image(int height, int width)
    {
        var crop = new RandomResizedCrop();
        for (int index = 0; index < 1000; index++)
        {
            var box = crop.Draw(1, 2, index, height, width);
            Assert.True(box.Left >= 0 && box.Top >= 0 && box.Right <= width && box.Bottom <= height, $"{box}");
            Assert.True(box.Left < box.Right && box.Top < box.Bottom, $"{box}");
        }
    }

    [Theory]
    [InlineData(32, 32, "0 0 32 32")]
    [InlineData(30, 100, "30 0 70 30")]  // as wide as 4/3 of the height
    [InlineData(100, 30, "0 30 30 70")]
    [InlineData(40, 50, "0 0 50 40")]    // its proportions are allowed
    public void The_part_that_is_taken_when_no_try_fits_is_the_middle(int height, int width, string expected)
    {
        var box = new RandomResizedCrop().Central(height, width);
        Assert.Equal(expected, $"{box.Left} {box.Top} {box.Right} {box.Bottom}");
    }

    [Fact]
    public void A_whole_image_of_other_proportions_fits_no_try()
    {
        var crop = new RandomResizedCrop { MinimumScale = 1 };
        Assert.All(Enumerable.Range(0, 50), index => Assert.Equal(crop.Central(30, 100), crop.Draw(1, 1, index, 30, 100)));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(null)]
    public void The_part_is_scaled_then_mirrored(int? size)
    {
        var set = TinyImages.Numbered(12, 17, 13);
        var augmentation = new Augmentation { RandomResizedCrop = new(), Pad = 0 };
        var (height, width) = (size ?? 17, size ?? 13);
        var normalization = new Normalization { Mean = [0, 0, 0], Deviation = [1, 1, 1] };
        var input = size is int side ? new InputOptions { Size = side, Fit = InputFit.CentreCrop } : null;
        using var batch = Batches.ForTraining(ImageSubset.All(set), 12, normalization, CPU, augmentation, seed: 5, input).Get(3, 0);
        Assert.Equal([12, 3, height, width], batch.Images.shape);
        float[][] found = [.. batch.Images.permute(0, 2, 3, 1).contiguous().data<float>().ToArray().Chunk(height * width * 3)];
        int flips = 0;
        foreach (var (label, i) in batch.Target.RequiredLabels.data<long>().ToArray().Select((label, i) => ((int)label, i)))
        {
            var box = augmentation.RandomResizedCrop.Draw(5, 3, label, 17, 13);
            bool flip = augmentation.Draw(5, 3, label).Flip;
            flips += flip ? 1 : 0;
            byte[] expected = CutAndScaled(set.Image(label), 13, box, height, width);
            for (int at = 0; at < expected.Length; at++)
            {
                int column = at / 3 % width;
                int from = flip ? at + 3 * (width - 1 - 2 * column) : at;
                Assert.Equal(expected[from] / 255.0, found[i][at], 1e-6);
            }
        }
        Assert.InRange(flips, 1, 11);
    }

    [Fact]
    public void Draws_follow_from_seed_epoch_and_index()
    {
        var crop = new RandomResizedCrop();
        Assert.Equal(crop.Draw(1, 2, 3, 64, 64), crop.Draw(1, 2, 3, 64, 64));
        foreach (var (seed, epoch, index) in new[] { (2, 2, 3), (1, 3, 3), (1, 2, 4) })
            Assert.NotEqual(crop.Draw(1, 2, 3, 64, 64), crop.Draw(seed, epoch, index, 64, 64));
    }

    [Theory]
    [InlineData("\"randomResizedCrop\": {}",
        "data.augmentation.pad: found 4 beside randomResizedCrop, which already crops, expected 0; set pad to 0")]
    [InlineData("\"pad\": 0, \"randomResizedCrop\": { \"minimumScale\": 0.9, \"maximumScale\": 0.5 }",
        "minimumScale: found 0.9, expected at most maximumScale, 0.5")]
    [InlineData("\"pad\": 0, \"randomResizedCrop\": { \"minimumRatio\": 2 }", "minimumRatio: found 2, expected at most maximumRatio")]
    [InlineData("\"pad\": 0, \"randomResizedCrop\": { \"minimumScale\": 0 }", "data.augmentation.randomResizedCrop.minimumScale")]
    public void What_contradicts_itself_is_refused(string augmentation, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => Pupil.Experiments.Recipes.RecipeBook.Parse(
            $$"""{ "method": { "name": "supervised" }, "data": { "augmentation": { {{augmentation}} } } }""", "here"));
        Assert.Contains(message, error.Message);
    }

    private static byte[] CutAndScaled(ReadOnlySpan<byte> image, int width, BoundingBox box, int targetHeight, int targetWidth)
    {
        var part = new List<byte>();
        for (int row = box.Top; row < box.Bottom; row++)
            part.AddRange(image[((row * width + box.Left) * 3)..((row * width + box.Right) * 3)]);
        var (height, partWidth) = (box.Bottom - box.Top, box.Right - box.Left);
        var target = new byte[targetHeight * targetWidth * 3];
        Resampling.Resample([.. part], height, partWidth, 3, (0, 0, partWidth, height), target, targetHeight, targetWidth);
        return target;
    }

    // The largest distance of the two distributions (Kolmogorov and Smirnov): above 1.95/√n once in a thousand.
    private static void AssertUniform(List<double> values, double least, double most)
    {
        values.Sort();
        double distance = values.Select((value, i) => Math.Abs((value - least) / (most - least) - (i + 0.5) / values.Count)).Max();
        Assert.InRange(distance, 0, 1.95 / Math.Sqrt(values.Count));
    }
}
