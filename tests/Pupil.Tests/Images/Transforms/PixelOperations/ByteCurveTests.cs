using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Tests.Images.Transforms.PixelOperations;

public sealed class ByteCurveTests
{
    [Fact]
    public void Posterized_images_are_those_of_Pillow() =>
        Changed.AssertLikePillow("posterize", (image, bits) => ByteCurve.Posterize(image, (int)bits));

    [Fact]
    public void Solarized_images_are_those_of_Pillow() => Changed.AssertLikePillow("solarize", ByteCurve.Solarize);

    [Fact]
    public void Stretched_contrasts_are_those_of_Pillow() =>
        Changed.AssertLikePillow("auto-contrast", (image, _) => ByteCurve.AutoContrast(image));

    [Fact]
    public void Equalized_images_are_those_of_Pillow() => Changed.AssertLikePillow("equalize", (image, _) => ByteCurve.Equalize(image));
}
