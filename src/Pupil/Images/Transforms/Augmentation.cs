using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>The values of padding pixels. Names follow NumPy's <c>pad</c>.</summary>
public enum Border
{
    /// <summary>Black (byte 0) before normalisation, as in torchvision's RandomCrop.</summary>
    Zero,

    /// <summary>The nearest edge pixel, repeated.</summary>
    Edge,

    /// <summary>The mirrored image; the edge pixel is repeated (OpenCV's BORDER_REFLECT, as in the released code).</summary>
    Symmetric,

    /// <summary>The image mirrored at its edge pixel, which is not repeated (torchvision's <c>reflect</c>).</summary>
    Reflect,
}

/// <summary>
/// The options of random changes of training images that keep their class. The changes of an image are a function of (seed, epoch,
/// image index) alone; its position in the epoch or batch has no influence.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Whether each image is mirrored left to right with probability ½. Default true.</summary>
    [Description("Mirror each image left to right with probability 1/2.")]
    public bool Flip { get; init; } = true;

    /// <summary>The pixels added on each side before a random crop of the original size, 0…64; 0 for no crop. Default 4.</summary>
    [Description("Pixels added on each side before a random crop of the original size; 0 for none."), Range(0, 64)]
    public int Pad { get; init; } = 4;

    /// <summary>The values of the added pixels. Default <see cref="Border.Symmetric"/>.</summary>
    [Description("Values of the added pixels: zero (black), edge (repeated), symmetric (mirrored, edge repeated), "
        + "reflect (mirrored, edge not repeated).")]
    public Border Border { get; init; } = Border.Symmetric;

    /// <summary>
    /// A random part of the image, scaled to the input size as the first step; null for none. It requires <see cref="Pad"/> = 0.
    /// </summary>
    [Description("A random part of each image, scaled to the network's input size; requires pad 0. null for none.")]
    public RandomResizedCrop? RandomResizedCrop { get; init; }

    /// <summary>Randomly drawn operations after flip and crop; null for none.</summary>
    [Description("Randomly drawn operations on each image after flip and crop: rand-augment or trivial-augment; null for none.")]
    public AugmentationPolicy? Policy { get; init; }

    /// <summary>Random changes of colour after the policy; null for none.</summary>
    [Description("Random changes of colour, after the policy; null for none.")]
    public ColourJitter? ColourJitter { get; init; }

    /// <summary>Random squares of the image set to the mean, as the last step; null for none.</summary>
    [Description("Random squares of each image set to the mean, as the last step; null for none.")]
    public Cutout? Cutout { get; init; }

    /// <summary>Mixes the images of a batch with one another, and their labels too (mixup, CutMix); null for none.</summary>
    [Description("Mixes the images of a batch with one another, and their labels too (mixup, cutmix); null for none.")]
    public Mixing? Mixing { get; init; }

    /// <summary>An augmentation without any change.</summary>
    public static Augmentation None { get; } = new() { Flip = false, Pad = 0 };

    /// <summary>Returns the checks of values that depend on each other, each with the path of the checked value.</summary>
    internal IEnumerable<(string Path, Action Check)> Checks()
    {
        if (RandomResizedCrop is { } crop)
        {
            yield return ("randomResizedCrop", crop.Check);
            yield return ("pad", CheckPad);
        }
        if (ColourJitter is { } jitter)
            yield return ("colourJitter", jitter.Check);
        if (Mixing is { } mixing)
            yield return ("mixing", mixing.Check);
    }

    // With the default padding the image would be cropped a second time.
    private void CheckPad()
    {
        if (Pad != 0)
            throw new UserErrorException($"found {Pad} beside randomResizedCrop, which already crops, expected 0; "
                + "set pad to 0 or randomResizedCrop to null.");
    }

    /// <summary>Draws flip and crop of one image in one epoch: whether to mirror, and the crop's shift down and right in pixels.</summary>
    internal (bool Flip, int Down, int Right) Draw(long seed, int epoch, int index)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Augmentation, seed, epoch, index);
        bool flip = (random.Next() & 1) == 1;
        return (Flip && flip, random.Next(2 * Pad + 1) - Pad, random.Next(2 * Pad + 1) - Pad);
    }

    /// <summary>
    /// Returns the source index of <paramref name="position"/> in a padded line of <paramref name="length"/> pixels; −1 for black.
    /// </summary>
    internal int Source(int position, int length)
    {
        if ((uint)position < (uint)length)
            return position;
        switch (Border)
        {
            case Border.Zero:
                return -1;
            case Border.Edge:
                return Math.Clamp(position, 0, length - 1);
            default:
                // Mirrored periodically; a line of one pixel repeats that pixel.
                int repeat = Border == Border.Symmetric ? 1 : 0;
                int period = Math.Max(1, 2 * (length - 1 + repeat));
                int folded = ((position % period) + period) % period;
                return folded < length ? folded : period - folded - repeat;
        }
    }
}
