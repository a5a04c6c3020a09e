using Pupil.Core;
using Pupil.Images;

namespace Pupil.Tests.Images;

public sealed class ImageSubsetTests
{
    private const RandomStream.Purpose Purpose = RandomStream.Purpose.HeldOut;

    [Fact]
    public void All_images_come_in_order()
    {
        var all = ImageSubset.All(TinyImages.Numbered(5));
        Assert.Equal([0, 1, 2, 3, 4], all.Indices);
        Assert.Equal(5, all.Count);
    }

    [Theory]
    [InlineData(new[] { 30, 20, 10 }, 12, new[] { 6, 4, 2 })]
    [InlineData(new[] { 30, 20, 10 }, 6, new[] { 3, 2, 1 })]
    [InlineData(new[] { 30, 20, 10 }, 60, new[] { 30, 20, 10 })]
    [InlineData(new[] { 30, 20, 10 }, 0, new[] { 0, 0, 0 })]
    [InlineData(new[] { 5, 3, 2 }, 4, new[] { 2, 1, 1 })] // 2.0, 1.2, 0.8
    [InlineData(new[] { 10, 10, 10, 10 }, 8, new[] { 2, 2, 2, 2 })]
    [InlineData(new[] { 50, 1 }, 10, new[] { 10, 0 })] // 9.8, 0.2
    public void Every_class_keeps_its_share(int[] sizes, int count, int[] expected)
    {
        var (taken, left) = ImageSubset.All(TinyImages.WithClassSizes(sizes)).Draw(count, Purpose, 4);
        Assert.Equal(expected, CountsOf(taken));
        Assert.Equal(sizes.Zip(expected, (size, drawn) => size - drawn), CountsOf(left));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(23)]
    [InlineData(46)]
    public void No_class_is_more_than_one_image_off_its_share(int count)
    {
        int[] sizes = [17, 13, 9, 5, 3];
        var counts = CountsOf(ImageSubset.All(TinyImages.WithClassSizes(sizes)).Draw(count, Purpose, 4).Taken);
        Assert.Equal(count, counts.Sum());
        Assert.All(sizes.Zip(counts), pair => Assert.InRange(pair.Second - (double)pair.First * count / 47, -1.0, 1.0));
    }

    [Fact]
    public void Taken_and_left_are_rising_disjoint_and_whole()
    {
        var (taken, left) = ImageSubset.All(TinyImages.WithClassSizes(17, 13, 9)).Draw(20, Purpose, 4);
        Assert.Equal(20, taken.Count);
        Assert.Equal(taken.Indices.Order(), taken.Indices);
        Assert.Equal(left.Indices.Order(), left.Indices);
        Assert.Equal(Enumerable.Range(0, 39), taken.Indices.Concat(left.Indices).Order());
    }

    [Fact]
    public void The_draw_follows_from_seed_and_purpose()
    {
        var all = ImageSubset.All(TinyImages.WithClassSizes(40, 40));
        int[] first = all.Draw(30, Purpose, 4).Taken.Indices;
        Assert.Equal(first, all.Draw(30, Purpose, 4).Taken.Indices);
        Assert.NotEqual(first, all.Draw(30, Purpose, 5).Taken.Indices);
        Assert.NotEqual(first, all.Draw(30, RandomStream.Purpose.Subset, 4).Taken.Indices);
    }

    [Fact]
    public void A_draw_from_a_subset_stays_within_it()
    {
        var half = ImageSubset.All(TinyImages.WithClassSizes(40, 40)).Draw(40, Purpose, 4).Left;
        var (taken, left) = half.Draw(10, RandomStream.Purpose.Subset, 4);
        Assert.Equal(half.Indices, taken.Indices.Concat(left.Indices).Order());
    }

    [Theory]
    [InlineData(new[] { 25, 25, 25, 25 })]
    [InlineData(new[] { 6, 6, 2 })] // the largest remainder gives the third class 2 of 10, but 1 of 11
    [InlineData(new[] { 17, 13, 9, 5, 3 })]
    public void Smaller_draws_lie_within_larger_ones(int[] sizes)
    {
        var all = ImageSubset.All(TinyImages.WithClassSizes(sizes));
        int[] smaller = [];
        for (int count = 1; count <= all.Count; count++)
        {
            int[] larger = all.Draw(count, Purpose, 4).Taken.Indices;
            Assert.True(smaller.All(larger.Contains), $"a draw of {count - 1} has images that are not in the draw of {count}");
            smaller = larger;
        }
    }

    [Fact]
    public void Every_image_may_be_drawn()
    {
        var all = ImageSubset.All(TinyImages.WithClassSizes(10, 10));
        var drawn = Enumerable.Range(0, 60).SelectMany(seed => all.Draw(4, Purpose, seed).Taken.Indices).Distinct();
        Assert.Equal(20, drawn.Count());
    }

    [Fact]
    public void More_images_than_there_are_is_an_error_that_says_both_numbers()
    {
        var error = Assert.Throws<UserErrorException>(() => ImageSubset.All(TinyImages.WithClassSizes(3, 4)).Draw(8, Purpose, 0));
        Assert.Contains("tiny", error.Message);
        Assert.Contains("8", error.Message);
        Assert.Contains("7", error.Message);
    }

    private static int[] CountsOf(ImageSubset images) =>
        [.. Enumerable.Range(0, images.Set.Classes.Count)
            .Select(label => images.Indices.Count(index => images.Set.Labels[index] == label))];
}
