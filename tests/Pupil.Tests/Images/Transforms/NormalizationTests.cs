using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Tests.Images.Transforms;

public sealed class NormalizationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_statistics_are_those_of_plain_loops_over_the_chosen_images(int channels)
    {
        var set = TinyImages.Numbered(9, 5, 7, channels);
        var chosen = new ImageSubset(set, [0, 3, 4, 8]);
        var found = Normalization.OfImages(chosen);
        for (int channel = 0; channel < channels; channel++)
        {
            var values = chosen.Indices.SelectMany(index => set.Image(index).ToArray().Where((_, i) => i % channels == channel))
                .Select(value => value / 255.0).ToList();
            double mean = values.Sum() / values.Count;
            double variance = values.Sum(value => (value - mean) * (value - mean)) / values.Count;
            Assert.Equal(mean, found.Mean[channel], 1e-12);
            Assert.Equal(Math.Sqrt(variance), found.Deviation[channel], 1e-12);
        }
        Assert.Equal(channels, found.Mean.Length);
    }

    [Fact]
    public void A_channel_of_one_value_is_not_divided_by_zero()
    {
        var grey = new ImageSet("grey", [.. Enumerable.Repeat((byte)51, 2 * 2 * 3)], [0], ["only"], 2, 2, 3);
        var found = Normalization.OfImages(ImageSubset.All(grey));
        Assert.All(found.Mean, mean => Assert.Equal(0.2, mean, 1e-12));
        Assert.All(found.Deviation, deviation => Assert.Equal(1 / 255.0, deviation, 1e-12));
    }

    [Fact]
    public void The_table_takes_mean_and_deviation_out_of_every_byte()
    {
        double[] mean = [0.25, 0.5], deviation = [0.5, 0.125];
        float[] table = new Normalization { Mean = mean, Deviation = deviation }.Table();
        Assert.Equal(512, table.Length);
        Assert.Equal(-0.5, table[0], 1e-6);
        Assert.Equal(1.5, table[255], 1e-6);
        Assert.Equal((51 / 255.0 - 0.5) / 0.125, table[256 + 51], 1e-6);
    }

    [Theory]
    [InlineData(new[] { 0.5 }, new[] { 0.5 }, "1 means and 1 deviations", "expected 3")]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, new[] { 0.5, 0.5 }, "3 means and 2 deviations", "expected 3")]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, new[] { 0.5, 0.0, 0.5 }, "0 or less", "more than 0")]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, new[] { 0.5, -1.0, 0.5 }, "0 or less", "more than 0")]
    public void Statistics_that_do_not_fit_the_images_are_refused(double[] mean, double[] deviation, string found, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => new Normalization { Mean = mean, Deviation = deviation }.Check(3));
        Assert.StartsWith("normalization:", error.Message);
        Assert.Contains(found, error.Message);
        Assert.Contains(expected, error.Message);
    }
}
