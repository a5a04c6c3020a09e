using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// RandAugment (Cubuk et al. 2020) as in torchvision: a sequence of operations, each drawn from all fourteen, all of one strength.
/// </summary>
public sealed record RandAugment : AugmentationPolicy
{
    /// <summary>The number of operations per image, 1…4. Default 2.</summary>
    [Description("The number of operations on each image, one after the other."), Range(1, 4)]
    public int Operations { get; init; } = 2;

    /// <summary>The strength of the operations, 0…30. Default 9.</summary>
    [Description("The strength of the operations."), Range(0, Bins - 1)]
    public int Magnitude { get; init; } = 9;

    /// <inheritdoc/>
    internal override IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(RandomStream random, int height, int width)
    {
        var drawn = new (PolicyOperation, double)[Operations];
        for (int i = 0; i < drawn.Length; i++)
        {
            var operation = PolicyOperations.All[random.Next(PolicyOperations.All.Count)];
            drawn[i] = (operation, Directed(operation, Strength(operation, Magnitude, height, width), ref random));
        }
        return drawn;
    }

    /// <summary>Returns the magnitude of an operation at a strength step, without its sign.</summary>
    internal static double Strength(PolicyOperation operation, int bin, int height, int width) => operation switch
    {
        PolicyOperation.ShearX or PolicyOperation.ShearY => Step(bin, 0.3),
        // 150 of the 331 pixels of AutoAugment's images.
        PolicyOperation.TranslateX => Step(bin, 150.0 / 331 * width),
        PolicyOperation.TranslateY => Step(bin, 150.0 / 331 * height),
        PolicyOperation.Rotate => Step(bin, 30),
        >= PolicyOperation.Brightness and <= PolicyOperation.Sharpness => Step(bin, 0.9),
        PolicyOperation.Posterize => Bits(bin, 4),
        PolicyOperation.Solarize => 255 - Step(bin, 255),
        _ => 0,
    };
}
