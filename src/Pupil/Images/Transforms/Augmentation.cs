using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>What stands outside the picture when it is padded. Named as in NumPy's <c>pad</c>.</summary>
public enum Border
{
    /// <summary>Black (byte 0), before normalisation: what torchvision's RandomCrop does.</summary>
    Zero,

    /// <summary>The nearest pixel of the edge, repeated.</summary>
    Edge,

    /// <summary>The picture mirrored, its edge pixel repeated (OpenCV's BORDER_REFLECT, as in the released code).</summary>
    Symmetric,

    /// <summary>The picture mirrored at its edge pixel, which is not repeated (torchvision's <c>reflect</c>).</summary>
    Reflect,
}

/// <summary>
/// Random changes of training images that keep their class. What happens to an image follows from (seed, epoch, image index)
/// alone, not from its place in the order or batch.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Whether each image is mirrored left to right with probability ½. Default true.</summary>
    [Description("Mirror each image left to right with probability 1/2.")]
    public bool Flip { get; init; } = true;

    /// <summary>How many pixels are added on each side before a crop of the original size is taken at random; 0: none. Default 4.</summary>
    [Description("Pixels added on each side before a random crop of the original size; 0 for none."), Range(0, 64)]
    public int Pad { get; init; } = 4;

    /// <summary>What the added pixels are. Default <see cref="Border.Symmetric"/>.</summary>
    [Description("What the added pixels are: zero (black), edge (repeated), symmetric (mirrored, edge repeated), reflect (mirrored, edge not repeated).")]
    public Border Border { get; init; } = Border.Symmetric;

    /// <summary>
    /// A random part of the image scaled to the input's size, before all else; null: none. Beside it <see cref="Pad"/> has to be 0.
    /// </summary>
    [Description("A random part of each image, scaled to the size that the network sees; set pad to 0 beside it. null for none.")]
    public RandomResizedCrop? RandomResizedCrop { get; init; }

    /// <summary>Drawn operations that change the image after flip and crop; null: none.</summary>
    [Description("Drawn operations that change each image after flip and crop: rand-augment or trivial-augment; null for none.")]
    public AugmentationPolicy? Policy { get; init; }

    /// <summary>Random changes of colour, after the policy; null: none.</summary>
    [Description("Random changes of colour, after the policy; null for none.")]
    public ColourJitter? ColourJitter { get; init; }

    /// <summary>Squares of the image are put out, last of all; null: none.</summary>
    [Description("Squares of each image that are put out, last of all; null for none.")]
    public Cutout? Cutout { get; init; }

    /// <summary>Images of a batch are mixed with one another, and their labels with them; null: none.</summary>
    [Description("Images of a batch are mixed with one another, and their labels with them (mixup, cutmix); null for none.")]
    public Mixing? Mixing { get; init; }

    /// <summary>No change at all.</summary>
    public static Augmentation None { get; } = new() { Flip = false, Pad = 0 };

    /// <summary>The checks of what one value cannot say alone, each with the path of the value it is about.</summary>
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

    // The default would crop a second time, which nobody who asks for a random resized crop means.
    private void CheckPad()
    {
        if (Pad != 0)
            throw new UserErrorException($"found {Pad} beside randomResizedCrop, which crops already; set pad to 0, "
                + "or randomResizedCrop to null.");
    }

    /// <summary>What happens to one image in one epoch: mirrored or not, and how far the crop is shifted down and right.</summary>
    internal (bool Flip, int Down, int Right) Draw(long seed, int epoch, int index)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Augmentation, seed, epoch, index);
        bool flip = (random.Next() & 1) == 1;
        return (Flip && flip, random.Next(2 * Pad + 1) - Pad, random.Next(2 * Pad + 1) - Pad);
    }

    /// <summary>
    /// Where the pixel at <paramref name="position"/> of a padded line of <paramref name="length"/> pixels comes from, or −1 for black.
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
                // Mirrored again and again: a line of one pixel has nothing to mirror but itself.
                int repeat = Border == Border.Symmetric ? 1 : 0;
                int period = Math.Max(1, 2 * (length - 1 + repeat));
                int folded = ((position % period) + period) % period;
                return folded < length ? folded : period - folded - repeat;
        }
    }
}
