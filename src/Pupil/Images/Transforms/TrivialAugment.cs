using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// TrivialAugment (Müller and Hutter 2021), its wide ranges, as torchvision does it: one operation of the fourteen, of random strength. No settings.
/// </summary>
public sealed record TrivialAugment : AugmentationPolicy
{
    /// <inheritdoc/>
    internal override IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(RandomStream random, int height, int width)
    {
        var operation = PolicyOperations.All[random.Next(PolicyOperations.All.Count)];
        return [(operation, Directed(operation, Strength(operation, random.Next(Bins)), ref random))];
    }

    /// <summary>The strength of an operation at a step, without its direction.</summary>
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
