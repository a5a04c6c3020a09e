using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images.Transforms.PixelOperations;
using Pupil.Settings;

namespace Pupil.Images.Transforms;

/// <summary>The options of a policy that draws operations on an image. A recipe may give just the name: <c>"trivial-augment"</c>.</summary>
[StringShorthand("name")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(RandAugment), "rand-augment")]
[JsonDerivedType(typeof(TrivialAugment), "trivial-augment")]
public abstract record AugmentationPolicy
{
    /// <summary>The number of strength steps: 0…30.</summary>
    private protected const int Bins = 31;

    /// <summary>Draws the operations on an image of H×W pixels, in their order, with their magnitudes.</summary>
    internal abstract IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(RandomStream random, int height, int width);

    /// <summary>Applies the operations drawn for (seed, epoch, index) to an image in place.</summary>
    /// <param name="image">The image.</param>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="index">The index of the image.</param>
    /// <param name="size">The size that the operations are drawn for, in pixels; the image may have another.</param>
    /// <param name="crop">The side of the central part that the image shows, as a share of what they are drawn for.</param>
    internal void Apply(Raster image, long seed, int epoch, int index, (int Height, int Width) size, double crop = 1)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Policy, seed, epoch, index);
        foreach (var (operation, magnitude) in Draw(random, size.Height, size.Width))
        {
            PolicyOperations.Apply(image, operation, operation switch
            {
                PolicyOperation.TranslateX => Scaled(magnitude, image.Width, size.Width * crop),
                PolicyOperation.TranslateY => Scaled(magnitude, image.Height, size.Height * crop),
                _ => magnitude,
            });
        }

        // Whole pixels at the size they are drawn for.
        static double Scaled(double pixels, int length, double drawnFor) => Math.Round((int)pixels * length / drawnFor);
    }

    /// <summary>Returns the strength at a step: linear from 0 to <paramref name="most"/>.</summary>
    private protected static double Step(int bin, double most) => most * bin / (Bins - 1);

    /// <summary>Returns the number of bits kept at a step: from 8 down to 8 − <paramref name="fewer"/>.</summary>
    private protected static double Bits(int bin, int fewer) => 8 - Math.Round(bin / ((Bins - 1.0) / fewer));

    /// <summary>Draws the sign of the magnitude if the operation is signed.</summary>
    private protected static double Directed(PolicyOperation operation, double magnitude, ref RandomStream random) =>
        PolicyOperations.IsSigned(operation) && random.Next(2) == 1 ? -magnitude : magnitude;
}
