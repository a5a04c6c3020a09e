using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;
using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Images.Transforms;

/// <summary>
/// The options of random colour changes in random order: torchvision's <c>ColorJitter</c> on Pillow images. Saturation and hue leave
/// grey images unchanged.
/// </summary>
public sealed record ColourJitter
{
    /// <summary>b, 0…10: brightness is multiplied by a factor in 1 − b … 1 + b, at least 0. Default 0 (off).</summary>
    [Description("Brightness is multiplied by a factor from 1 - this to 1 + this; 0 for off."), Range(0.0, 10.0)]
    public double Brightness { get; init; }

    /// <summary>c, 0…10: distances from the mean grey are scaled by a factor in 1 − c … 1 + c, at least 0. Default 0 (off).</summary>
    [Description("Contrast is multiplied by a factor from 1 - this to 1 + this; 0 for off."), Range(0.0, 10.0)]
    public double Contrast { get; init; }

    /// <summary>
    /// s, 0…10: distances from the pixel's own grey are multiplied by a factor in 1 − s … 1 + s, at least 0. Default 0 (off).
    /// </summary>
    [Description("Saturation is multiplied by a factor from 1 - this to 1 + this; 0 for off."), Range(0.0, 10.0)]
    public double Saturation { get; init; }

    /// <summary>h, 0…½: hues are turned by −h … h of the circle. Default 0 (off).</summary>
    [Description("Hues are turned by up to this share of the circle, in either direction; 0 for off."), Range(0.0, 0.5)]
    public double Hue { get; init; }

    /// <summary>Checks that at least one change is on.</summary>
    /// <exception cref="UserErrorException">All four values are 0.</exception>
    internal void Check()
    {
        if (Brightness == 0 && Contrast == 0 && Saturation == 0 && Hue == 0)
            throw new UserErrorException("found 0 for brightness, contrast, saturation and hue, expected one of them above 0; "
                + "set one, or colourJitter to null.");
    }

    /// <summary>
    /// Draws the changes of one image in one epoch: factors of brightness, contrast and saturation, the turn of the hue, and their order.
    /// </summary>
    internal (double Brightness, double Contrast, double Saturation, double Hue, int[] Order) Draw(long seed, int epoch, int index)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Colour, seed, epoch, index);
        int[] order = [0, 1, 2, 3];
        random.Shuffle(order);
        return (Factor(Brightness, ref random), Factor(Contrast, ref random), Factor(Saturation, ref random),
            random.Between(-Hue, Hue), order);

        static double Factor(double range, ref RandomStream random) => random.Between(Math.Max(0, 1 - range), 1 + range);
    }

    /// <summary>Applies the changes drawn for (seed, epoch, index) to an image in place.</summary>
    internal void Apply(Raster image, long seed, int epoch, int index)
    {
        var (brightness, contrast, saturation, hue, order) = Draw(seed, epoch, index);
        foreach (int which in order)
        {
            switch (which)
            {
                case 0 when Brightness > 0:
                    Enhancement.Brightness(image, brightness);
                    break;
                case 1 when Contrast > 0:
                    Enhancement.Contrast(image, contrast);
                    break;
                case 2 when Saturation > 0:
                    Enhancement.Saturation(image, saturation);
                    break;
                case 3 when Hue > 0:
                    PixelOperations.Hue.Shift(image, hue);
                    break;
            }
        }
    }
}
