using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;
using Pupil.Images.Transforms.PixelOperations;
using Pupil.Tests.Images.Transforms.PixelOperations;
using Pupil.Tests.References;

namespace Pupil.Tests.Images.Transforms;

public sealed class ColourJitterTests
{
    private static readonly ColourJitter All = new() { Brightness = 0.4, Contrast = 1.5, Saturation = 0.2, Hue = 0.1 };
    private static readonly Changed.Operation[] Operations =
        [Enhancement.Brightness, Enhancement.Contrast, Enhancement.Saturation, Hue.Shift];

    [Fact]
    public void Factors_and_orders_are_spread_as_they_should_be()
    {
        var drawn = Enumerable.Range(0, 4800).Select(index => All.Draw(2, 1, index)).ToList();
        AssertUniform(drawn.Select(draw => draw.Brightness), 0.6, 1.4);
        AssertUniform(drawn.Select(draw => draw.Contrast), 0, 2.5); // never below 0
        AssertUniform(drawn.Select(draw => draw.Saturation), 0.8, 1.2);
        AssertUniform(drawn.Select(draw => draw.Hue), -0.1, 0.1);
        var orders = drawn.GroupBy(draw => string.Concat(draw.Order)).Select(group => group.Count()).ToList();
        Assert.Equal(24, orders.Count);
        Assert.All(orders, count => Assert.InRange(count, 130, 270)); // 200 ± 5 deviations
    }

    [Fact]
    public void The_four_happen_in_the_drawn_order()
    {
        var image = PixelReferences.Image("noise-3");
        for (int index = 0; index < 30; index++)
        {
            var (brightness, contrast, saturation, hue, order) = All.Draw(2, 1, index);
            var expected = image;
            foreach (int which in order)
            {
                double argument = new[] { brightness, contrast, saturation, hue }[which];
                expected = expected with { Text = Convert.ToHexString(Changed.By(expected, Operations[which], argument)) };
            }
            Assert.Equal(expected.Bytes, Changed.By(image, (pixels, _) => All.Apply(pixels, 2, 1, index), 0));
        }
    }

    [Fact]
    public void What_is_not_asked_for_does_not_happen()
    {
        var image = PixelReferences.Image("hills-3");
        var only = new ColourJitter { Saturation = 0.9 };
        double factor = only.Draw(2, 1, 7).Saturation;
        Assert.Equal(Changed.By(image, Enhancement.Saturation, factor), Changed.By(image, (pixels, _) => only.Apply(pixels, 2, 1, 7), 0));
        // Another change does not influence the draws of the others.
        Assert.Equal(factor, (only with { Brightness = 0.3 }).Draw(2, 1, 7).Saturation);
        var grey = PixelReferences.Image("hills-1");
        Assert.Equal(grey.Bytes, Changed.By(grey, (pixels, _) => new ColourJitter { Saturation = 1, Hue = 0.5 }.Apply(pixels, 2, 1, 7), 0));
    }

    [Fact]
    public void A_jitter_that_changes_nothing_is_refused()
    {
        var error = Assert.Throws<UserErrorException>(() => RecipeBook.Parse(
            """{ "method": { "name": "supervised" }, "data": { "augmentation": { "colourJitter": {} } } }""", "here"));
        Assert.Contains("data.augmentation.colourJitter: found 0 for brightness, contrast, saturation and hue, "
            + "expected one of them above 0", error.Message);
    }

    private static void AssertUniform(IEnumerable<double> values, double least, double most)
    {
        var sorted = values.Select(value => (value - least) / (most - least)).Order().ToList();
        Assert.InRange(sorted.Select((value, i) => Math.Abs(value - (i + 0.5) / sorted.Count)).Max(), 0, 1.95 / Math.Sqrt(sorted.Count));
    }
}
