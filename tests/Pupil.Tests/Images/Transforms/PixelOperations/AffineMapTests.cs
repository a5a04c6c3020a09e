using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Tests.Images.Transforms.PixelOperations;

public sealed class AffineMapTests
{
    [Fact]
    public void Sheared_images_are_those_of_Pillow()
    {
        Changed.AssertLikePillow("shear-x", (image, shift) => AffineMap.ShearX(shift).Apply(image));
        Changed.AssertLikePillow("shear-y", (image, shift) => AffineMap.ShearY(shift).Apply(image));
    }

    [Fact]
    public void Shifted_images_are_those_of_Pillow()
    {
        Changed.AssertLikePillow("translate-x", (image, pixels) => AffineMap.Translation((int)pixels, 0).Apply(image));
        Changed.AssertLikePillow("translate-y", (image, pixels) => AffineMap.Translation(0, (int)pixels).Apply(image));
    }

    [Fact]
    public void Turned_images_are_those_of_Pillow() =>
        Changed.AssertLikePillow("rotate", (image, degrees) => AffineMap.Rotation(degrees, image.Height, image.Width).Apply(image));
}
