using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Images.Transforms;

/// <summary>The operations of the policies, in torchvision's order.</summary>
internal enum PolicyOperation
{
    Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize, Solarize,
    AutoContrast, Equalize,
}

/// <summary>Applies operations as torchvision's <c>_apply_op</c> does: with the nearest pixel, and black outside the image.</summary>
internal static class PolicyOperations
{
    /// <summary>All fourteen operations, in torchvision's order.</summary>
    public static IReadOnlyList<PolicyOperation> All { get; } = Enum.GetValues<PolicyOperation>();

    /// <summary>Whether the magnitude of an operation has a random sign.</summary>
    public static bool IsSigned(PolicyOperation operation) => operation is >= PolicyOperation.ShearX and <= PolicyOperation.Sharpness;

    /// <summary>Applies one operation to an image in place.</summary>
    /// <param name="image">The image.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="magnitude">
    /// Shear: pixels per pixel. Translation: pixels. Rotation: degrees. Enhancement: the factor minus 1. Posterize: bits kept.
    /// Solarize: the threshold. Others ignore it.
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
