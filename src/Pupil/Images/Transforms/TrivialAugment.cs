using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// TrivialAugment (Müller and Hutter 2021) with its wide ranges, as in torchvision: one of the fourteen operations per image, with
/// random strength. It has no options.
/// </summary>
public sealed record TrivialAugment : AugmentationPolicy
{
    /// <inheritdoc/>
    internal override IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(RandomStream random, int height, int width)
    {
        var operation = PolicyOperations.All[random.Next(PolicyOperations.All.Count)];
        return [(operation, Directed(operation, Strength(operation, random.Next(Bins)), ref random))];
    }

    /// <summary>Returns the magnitude of an operation at a strength step, without its sign.</summary>
    internal static double Strength(PolicyOperation operation, int bin) => operation switch
    {
        PolicyOperation.TranslateX or PolicyOperation.TranslateY => Step(bin, 32),
        PolicyOperation.Rotate => Step(bin, 135),
        PolicyOperation.Posterize => Bits(bin, 6),
        PolicyOperation.Solarize => 255 - Step(bin, 255),
        PolicyOperation.Identity or PolicyOperation.AutoContrast or PolicyOperation.Equalize => 0,
        _ => Step(bin, 0.99),
    };
}
