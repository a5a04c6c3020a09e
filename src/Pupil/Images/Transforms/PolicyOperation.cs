using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Images.Transforms;

/// <summary>What a policy can do to an image, in torchvision's order.</summary>
internal enum PolicyOperation
{
    Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize, Solarize, AutoContrast, Equalize,
}

/// <summary>Operations with their strength, as torchvision's <c>_apply_op</c> does them: the nearest pixel, black from outside.</summary>
internal static class PolicyOperations
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<PolicyOperation> All { get; } = Enum.GetValues<PolicyOperation>();

    /// <summary>Whether the strength has a direction, which is drawn.</summary>
    public static bool IsSigned(PolicyOperation operation) => operation is >= PolicyOperation.ShearX and <= PolicyOperation.Sharpness;

    /// <summary>Changes an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="magnitude">
    /// How strongly: pixels of shear per pixel, pixels, degrees, what is added to an enhancement's factor of 1, the bits kept, the threshold.
    /// </param>
    public static void Apply(Raster image, PolicyOperation operation, double magnitude)
    {
        switch (operation)
        {
            case PolicyOperation.ShearX:
                AffineMap.ShearX(magnitude).Apply(image);
                break;
            case PolicyOperation.ShearY:
                AffineMap.ShearY(magnitude).Apply(image);
                break;
            case PolicyOperation.TranslateX:
                AffineMap.Translation((int)magnitude, 0).Apply(image);
                break;
            case PolicyOperation.TranslateY:
                AffineMap.Translation(0, (int)magnitude).Apply(image);
                break;
            case PolicyOperation.Rotate:
                AffineMap.Rotation(magnitude, image.Height, image.Width).Apply(image);
                break;
            case PolicyOperation.Brightness:
                Enhancement.Brightness(image, 1 + magnitude);
                break;
            case PolicyOperation.Color:
                Enhancement.Saturation(image, 1 + magnitude);
                break;
            case PolicyOperation.Contrast:
                Enhancement.Contrast(image, 1 + magnitude);
                break;
            case PolicyOperation.Sharpness:
                Enhancement.Sharpness(image, 1 + magnitude);
                break;
            case PolicyOperation.Posterize:
                ByteCurve.Posterize(image, (int)magnitude);
                break;
            case PolicyOperation.Solarize:
                ByteCurve.Solarize(image, magnitude);
                break;
            case PolicyOperation.AutoContrast:
                ByteCurve.AutoContrast(image);
                break;
            case PolicyOperation.Equalize:
                ByteCurve.Equalize(image);
                break;
        }
    }
}
