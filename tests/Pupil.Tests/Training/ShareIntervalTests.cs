using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class ShareIntervalTests
{
    // Newcombe 1998, Statistics in Medicine 17: table I of the article on single proportions, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Shares_have_the_published_intervals(int right, int count, double low, double high)
    {
        var interval = ShareInterval.Of((double)right / count, count);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void Equal_shares_of_one_differ_by_an_interval_that_few_images_make_wide()
    {
        var few = ShareInterval.OfDifference(1, 1, 20);
        Assert.Equal(0.1611, few.High, 5e-5);
        Assert.Equal(-0.1611, few.Low, 5e-5);
        Assert.InRange(ShareInterval.OfDifference(1, 1, 10_000).High, 1e-5, 1e-3);
    }
}
