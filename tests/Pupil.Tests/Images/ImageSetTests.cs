using Pupil.Images;

namespace Pupil.Tests.Images;

public sealed class ImageSetTests
{
    [Fact]
    public void An_image_is_its_slice_of_the_pixels()
    {
        var set = new ImageSet("two", [.. Enumerable.Range(0, 24).Select(i => (byte)i)], [1, 0], ["a", "b"], 2, 2, 3);
        Assert.Equal([.. Enumerable.Range(12, 12).Select(i => (byte)i)], set.Image(1));
        Assert.Equal(12, set.ImageBytes);
        Assert.Equal(2, set.Count);
    }

    [Theory]
    [InlineData(11, 0, 1)] // a byte short
    [InlineData(12, 2, 1)] // a label too high
    [InlineData(12, -1, 1)] // a label below 0
    [InlineData(12, 0, 2)] // a box too many
    public void Parts_that_do_not_fit_are_refused(int bytes, int label, int boxes)
    {
        Assert.Throws<ArgumentException>(() => new ImageSet("bad", new byte[bytes], [label], ["a", "b"], 2, 2, 3, new BoundingBox[boxes]));
    }

    [Fact]
    public void Equal_content_has_an_equal_fingerprint_whatever_its_name()
    {
        Assert.Equal(Make("one").Fingerprint, Make("two").Fingerprint);
        Assert.Equal(64, Make("one").Fingerprint.Length);
    }

    [Fact]
    public void Any_other_content_has_another_fingerprint()
    {
        string[] all =
        [
            Make().Fingerprint,
            Make(lastPixel: 1).Fingerprint,
            Make(firstLabel: 1).Fingerprint,
            Make(secondClass: "c").Fingerprint,
            Make(height: 4, width: 2).Fingerprint,
            Make(height: 2, width: 4).Fingerprint,
        ];
        Assert.Equal(all.Length - 1, all.Distinct().Count()); // the first is 2×4 as well
    }

    private static ImageSet Make(
        string name = "one", byte lastPixel = 0, int firstLabel = 0, string secondClass = "b", int height = 2, int width = 4)
    {
        var pixels = new byte[2 * height * width];
        pixels[^1] = lastPixel;
        return new ImageSet(name, pixels, [firstLabel, 1], ["a", secondClass], height, width, 1);
    }
}
