using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images.Transforms.PixelOperations;
using Pupil.Settings;

namespace Pupil.Images.Transforms;

/// <summary>How operations are drawn that change an image. In a recipe the name alone will do: <c>"trivial-augment"</c>.</summary>
[StringShorthand("name")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(RandAugment), "rand-augment")]
[JsonDerivedType(typeof(TrivialAugment), "trivial-augment")]
public abstract record AugmentationPolicy
{
    /// <summary>Steps of strength: from 0 to 30.</summary>
    private protected const int Bins = 31;

    /// <summary>What is done to an image of this size, in this order.</summary>
    internal abstract IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(RandomStream random, int height, int width);

    /// <summary>Changes an image.</summary>
    internal void Apply(Raster image, long seed, int epoch, int index)
    {
        foreach (var (operation, magnitude) in Draw(RandomStream.FromKey(RandomStream.Purpose.Policy, seed, epoch, index), image.Height, image.Width))
            PolicyOperations.Apply(image, operation, magnitude);
    }

    /// <summary>The strength at a step, upwards from 0 to <paramref name="most"/>.</summary>
    private protected static double Step(int bin, double most) => most * bin / (Bins - 1);

    /// <summary>The bits kept at a step, down from 8.</summary>
    private protected static double Bits(int bin, int fewer) => 8 - Math.Round(bin / ((Bins - 1.0) / fewer));

    /// <summary>Gives the strength a direction, where it has one.</summary>
    private protected static double Directed(PolicyOperation operation, double magnitude, ref RandomStream random) =>
        PolicyOperations.IsSigned(operation) && random.Next(2) == 1 ? -magnitude : magnitude;
}
