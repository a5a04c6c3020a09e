using Pupil.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.Pictures;

public sealed class TestDrawTests
{
    [Theory]
    [InlineData(0.2, 1, 0)] // the only picture of its class is a training picture
    [InlineData(0.2, 2, 1)]
    [InlineData(0.2, 10, 2)]
    [InlineData(0.2, 13, 3)]
    [InlineData(0.9, 3, 2)]
    [InlineData(0.01, 7, 1)]
    public void Every_class_gives_its_share(double share, int each, int expected)
    {
        var (train, test) = TestDraw.Split(Pictures(each), share, 4);
        Assert.All(Enumerable.Range(0, 3), label => Assert.Equal(expected, test.Count(picture => picture.Labels[0] == label)));
        Assert.Equal(3 * (each - expected), train.Count);
        Assert.Empty(train.Intersect(test));
    }

    [Fact]
    public void The_draw_follows_from_the_seed_and_the_names_alone()
    {
        var pictures = Pictures(20);
        var (_, test) = TestDraw.Split(pictures, 0.3, 4);
        var (_, again) = TestDraw.Split([.. pictures.Reverse()], 0.3, 4);
        Assert.Equal(test.Select(picture => picture.File).Order(), again.Select(picture => picture.File).Order());
        Assert.NotEqual(test, TestDraw.Split(pictures, 0.3, 5).Test);
    }

    [Fact]
    public void A_picture_that_is_listed_twice_is_on_one_side()
    {
        var pictures = Pictures(10);
        var (train, test) = TestDraw.Split([.. pictures, .. pictures], 0.2, 1);
        Assert.Equal((48, 12), (train.Count, test.Count));
        Assert.Empty(train.Select(picture => picture.File).Intersect(test.Select(picture => picture.File)));
    }

    private static PictureEntry[] Pictures(int each) =>
        [.. Enumerable.Range(0, 3).SelectMany(label => Enumerable.Range(0, each).Select(i => new PictureEntry($"{label}/{i}.png", label)))];
}
