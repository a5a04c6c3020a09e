using Pupil.Images.Transforms.PixelOperations;
using Pupil.Tests.References;

namespace Pupil.Tests.Images.Transforms.PixelOperations;

public sealed class EnhancementTests
{
    [Fact]
    public void Brightness_is_that_of_Pillow() => Changed.AssertLikePillow("brightness", Enhancement.Brightness);

    [Fact]
    public void Contrast_is_that_of_Pillow() => Changed.AssertLikePillow("contrast", Enhancement.Contrast);

    [Fact]
    public void Saturation_is_that_of_Pillow() => Changed.AssertLikePillow("color", Enhancement.Saturation);

    [Fact]
    public void Sharpness_is_that_of_Pillow() => Changed.AssertLikePillow("sharpness", Enhancement.Sharpness);

    [Fact]
    public void Hue_is_that_of_Pillow() => Changed.AssertLikePillow("hue", Hue.Shift);

    [Fact]
    public void A_grey_image_has_no_colour_to_change()
    {
        var grey = PixelReferences.Image("noise-1");
        Assert.Equal(grey.Bytes, Changed.By(grey, Hue.Shift, 0.3));
        Assert.Equal(grey.Bytes, Changed.By(grey, Enhancement.Saturation, 0.3));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(5, 1)]
    public void An_image_that_is_all_edge_stays_as_it_is(int height, int width)
    {
        byte[] pixels = [.. Enumerable.Range(0, height * width * 3).Select(i => (byte)(i * 37))];
        var image = new PixelReferences.Picture(height, width, 3, Convert.ToHexString(pixels));
        Assert.Equal(image.Bytes, Changed.By(image, Enhancement.Sharpness, 1.8));
    }
}
