using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Transforms;

public sealed class CutoutTests
{
    [Theory]
    [InlineData(4, 1)]
    [InlineData(3, 2)]
    [InlineData(40, 1)]
    public void Squares_are_zero_and_the_rest_as_it_was(int size, int count)
    {
        var set = TinyImages.Numbered(10, 9, 7);
        // No byte of these images equals the mean, so every 0 belongs to a square.
        var normalization = new Normalization { Mean = [0.4999, 0.4999, 0.4999], Deviation = [0.2, 0.3, 0.4] };
        var augmentation = new Augmentation { Cutout = new() { Size = size, Count = count } };
        var without = augmentation with { Cutout = null };
        using var plain = Batches.ForTraining(ImageSubset.All(set), 10, normalization, CPU, without, seed: 4).Get(2, 0);
        using var batch = Batches.ForTraining(ImageSubset.All(set), 10, normalization, CPU, augmentation, seed: 4).Get(2, 0);
        float[] before = plain.Images.contiguous().data<float>().ToArray(), after = batch.Images.contiguous().data<float>().ToArray();
        Assert.DoesNotContain(0f, before);
        long[] labels = batch.Target.RequiredLabels.data<long>().ToArray();
        for (int at = 0; at < before.Length; at++)
        {
            var (image, row, column) = (at / (3 * 9 * 7), at / 7 % 9, at % 7);
            bool isOut = augmentation.Cutout.Draw(4, 2, (int)labels[image], 9, 7).Any(square => square.Contains(column, row));
            Assert.Equal(isOut ? 0 : before[at], after[at]);
        }
    }

    [Fact]
    public void Centres_lie_anywhere_and_what_hangs_over_is_cut_off()
    {
        var cutout = new Cutout { Size = 4 };
        var squares = Enumerable.Range(0, 9600).SelectMany(index => cutout.Draw(1, 1, index, 8, 12)).ToList();
        Assert.All(squares, square => Assert.True(square.Left >= 0 && square.Top >= 0 && square.Right <= 12 && square.Bottom <= 8));
        // A centre at row r and column c covers r − 2 … r + 1 and c − 2 … c + 1: each of the 96 is drawn about a hundred times.
        var places = squares.GroupBy(square => square).ToDictionary(group => group.Key, group => group.Count());
        for (int row = 0; row < 8; row++)
        {
            for (int column = 0; column < 12; column++)
            {
                var (left, top) = (Math.Max(0, column - 2), Math.Max(0, row - 2));
                var expected = new BoundingBox(left, top, Math.Min(12, column + 2), Math.Min(8, row + 2));
                Assert.InRange(places[expected], 50, 150);
            }
        }
        Assert.Equal(96, places.Count);
    }

    [Fact]
    public void Draws_follow_from_seed_epoch_and_index()
    {
        var cutout = new Cutout { Size = 2, Count = 3 };
        Assert.Equal(cutout.Draw(1, 2, 3, 64, 64), cutout.Draw(1, 2, 3, 64, 64));
        Assert.Equal(3, cutout.Draw(1, 2, 3, 64, 64).Distinct().Count());
        foreach (var (seed, epoch, index) in new[] { (2, 2, 3), (1, 3, 3), (1, 2, 4) })
            Assert.NotEqual(cutout.Draw(1, 2, 3, 64, 64), cutout.Draw(seed, epoch, index, 64, 64));
    }
}
